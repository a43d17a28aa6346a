"""For people, in their languages: tables, text, workbooks, documents."""
