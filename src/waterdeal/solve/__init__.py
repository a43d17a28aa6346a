"""One plan: pass after pass until its lines are true, then replayed and published."""
