"""Execute the tutorials with the Python that runs the tests, whatever kernels the machine has.

``python -m tests.docs.notebooks NOTEBOOK FOLDER`` executes one and keeps nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nbformat

from tests.docs.pages import DOCS

NOTEBOOKS = tuple(sorted((DOCS / "tutorials").glob("*.ipynb")))
MOST_SECONDS = 120


def execute(path: Path, folder: Path) -> Any:
    """Execute a notebook in a folder and return it with its outputs.

    Parameters
    ----------
    path : pathlib.Path
        The notebook.
    folder : pathlib.Path
        Folder it runs in; the kernel is registered below it, so that a kernel called python3 elsewhere is not taken.

    Returns
    -------
    nbformat.NotebookNode
        The notebook, executed; an error in a cell is raised.
    """
    from ipykernel.kernelspec import write_kernel_spec
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    kernels, work = folder / "kernels", folder / "work"
    kernels.mkdir()
    work.mkdir()
    write_kernel_spec(str(kernels / "python3"))
    specs = KernelSpecManager(kernel_dirs=[str(kernels)], ensure_native_kernel=False)
    manager = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=specs)
    client = NotebookClient(notebook, km=manager, timeout=MOST_SECONDS, resources={"metadata": {"path": str(work)}}, record_timing=False)
    client.execute()
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


if __name__ == "__main__":
    execute(Path(sys.argv[1]), Path(sys.argv[2]))
