"""Write the generated parts of the documentation anew: ``python -m tests.docs.refresh``."""

from __future__ import annotations

import tempfile
from contextlib import chdir
from pathlib import Path

import nbformat

from tests.bundled import DRY
from tests.commands import call
from tests.docs.gallery import draw_gallery, draw_reports
from tests.docs.generate import (
    EXCERPT,
    agreement_schema_text,
    demo_excerpt,
    dependencies_page,
    output_schemas_text,
    schema_text,
    variables_page,
)
from tests.docs.notebooks import NOTEBOOKS, execute
from tests.docs.pages import DOCS, ROOT


def main() -> None:
    """Write the reference pages, the schemes, the gallery of figures and reports, the excerpt in the README and the outputs of the notebooks."""
    (DOCS / "reference" / "variables.md").write_text(variables_page(), encoding="utf-8")
    (DOCS / "reference" / "dependencies.md").write_text(dependencies_page(), encoding="utf-8")
    (DOCS / "reference" / "scenario.schema.json").write_text(schema_text(), encoding="utf-8")
    (DOCS / "reference" / "agreement.schema.json").write_text(agreement_schema_text(), encoding="utf-8")
    (DOCS / "reference" / "outputs.schema.json").write_text(output_schemas_text(), encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        _, out, _ = call("demo", "syrdarya")
        for language in ("en", "ru"):
            call("scheme", f"waterdeal-demo/out/{DRY}", DOCS / "figures" / f"scheme.{language}.svg", "--lang", language, "--force")
    draw_gallery()
    draw_reports()
    readme = ROOT / "README.md"
    readme.write_text(EXCERPT.sub(lambda _: demo_excerpt(out), readme.read_text(encoding="utf-8")), encoding="utf-8")
    for path in NOTEBOOKS:
        with tempfile.TemporaryDirectory() as folder:
            path.write_text(nbformat.writes(execute(path, Path(folder))) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
