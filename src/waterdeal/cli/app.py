"""Commands and their options. Everything heavy is imported when a command runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from waterdeal import __version__
from waterdeal.cli.console import current_console, take_flags, use_utf8
from waterdeal.cli.ensemble import ensemble
from waterdeal.cli.network import network
from waterdeal.cli.options import Force, Format, Formats, Lang, Language, Out, Sets, languages
from waterdeal.cli.start_up import import_lightly, search_seldom
from waterdeal.cli.study import study

if TYPE_CHECKING:
    from collections.abc import Sequence


app = typer.Typer(
    name="waterdeal",
    help="Water deals that states sharing a river can sign, check and keep.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    epilog="Every command takes --json (one JSON object on stdout), --quiet (errors only) and --debug (tracebacks). "
    "Exit codes: 0 solved and audited; 1 unexpected; 2 command line; 3 infeasible; 4 input invalid; 5 audit failed; "
    "6 time limit; 7 unbounded; 8 ensemble with members without a plan; 9 file problem; 10 numerical trouble; 11 a record made by other "
    "code; 12 a record no longer solvable here; 130 interrupted.",
)


def _version(value: bool) -> None:
    """Print the version and leave."""
    if value:
        typer.echo(f"waterdeal {__version__}")
        raise typer.Exit


@app.callback()
def root(version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False) -> None:
    """Water deals that states sharing a river can sign, check and keep."""


app.add_typer(ensemble)
app.add_typer(network)
app.add_typer(study)


@app.command()
def demo(
    case: Annotated[str, typer.Argument(help="Bundled case, e.g. syrdarya.")] = "syrdarya",
    out: Out = None,
    lang: Lang = None,
    force: Force = False,
) -> None:
    """Copy a bundled case to a folder of yours, plan its dry growing season and print the allocation."""
    import_lightly()
    from waterdeal.cli.commands import run_demo

    console = current_console()
    with console.errors():
        run_demo(console, case, out or Path("waterdeal-demo"), languages(lang), force=force)


@app.command()
def check(scenario: Path, sets: Sets = None, lang: Lang = None) -> None:  # noqa: ARG001 - the console takes its language from it
    """Check a scenario and its basin without solving: shape, units, network, balances, ranges."""
    import_lightly()
    from waterdeal.cli.commands import run_check

    console = current_console()
    with console.errors():
        run_check(console, scenario, sets or [])


@app.command()
def run(
    scenario: Path,
    out: Out = None,
    sets: Sets = None,
    lang: Lang = None,
    formats: Formats = None,
    force: Force = False,
) -> None:
    """Plan a scenario, audit the plan and write it: NetCDF, workbook, tables."""
    import_lightly()
    from waterdeal.cli.commands import Task, run_scenario

    console = current_console()
    with console.errors():
        chosen = tuple(formats or (Format.XLSX, Format.CSV))
        run_scenario(console, Task(scenario, tuple(sets or ()), out, languages(lang), chosen, force))


@app.command()
def explain(
    scenario: Annotated[Path, typer.Argument(help="A scenario, or the folder of a run.")], sets: Sets = None, lang: Lang = None
) -> None:
    """Say which clauses cannot all hold and what would do, or, where all hold, how near each is to binding."""
    from waterdeal.cli.explain import run_explain

    console = current_console()
    with console.errors():
        run_explain(console, scenario, sets or [], languages(lang)[0])


@app.command()
def why(
    run: Annotated[Path, typer.Argument(help="Folder of a run.")],
    demand: Annotated[str, typer.Argument(help="A demand, by id or name.")],
    step: Annotated[str | None, typer.Argument(help="A step, e.g. 2026-06-D1; without one, the whole period.")] = None,
    lang: Lang = None,
) -> None:
    """Say what held a delivery down, sentence by sentence, and what one more million m3 would be worth there."""
    from waterdeal.cli.explain import run_why

    console = current_console()
    with console.errors():
        run_why(console, run, demand, step, languages(lang)[0])


@app.command("what-if")
def what_if(scenario: Path, sets: Sets = None, lang: Lang = None) -> None:
    """Solve a scenario as it is and with --set changes, and show the differences by party, clause and step."""
    from waterdeal.cli.explain import run_what_if

    console = current_console()
    with console.errors():
        run_what_if(console, scenario, sets or [], languages(lang)[0])


@app.command()
def prices(
    run: Annotated[Path, typer.Argument(help="Folder of a run.")],
    of: Annotated[
        list[str] | None, typer.Option("--of", help="E.g. clause:dostyk, balance:kokbulak,2026-06-D1; default: clauses, limits and nature.")
    ] = None,
    ladder: Annotated[bool, typer.Option("--ladder", help="Add re-solved changes of 1, 10 and more.")] = False,
    lang: Lang = None,
) -> None:
    """Show what one more is worth and one less costs, by level, with the range over which each holds."""
    from waterdeal.cli.explain import run_prices

    console = current_console()
    with console.errors():
        run_prices(console, run, of or [], languages(lang)[0], ladder=ladder)


@app.command()
def accounts(plan: Path, lang: Lang = None) -> None:
    """Show the account of each party in a plan: water, energy, crops, nature, benefit."""
    from waterdeal.cli.explain import run_accounts

    console = current_console()
    with console.errors():
        run_accounts(console, plan, languages(lang)[0])


@app.command()
def compensation(
    scenario: Path,
    upstream: Annotated[list[str], typer.Option(help="Party that acts first without agreement.")],
    energy_price: Annotated[float | None, typer.Option(help="Worth of a GWh: shows the payment in kind too.")] = None,
    sets: Sets = None,
    lang: Lang = None,
) -> None:
    """Solve a scenario apart and together: who gains, who loses, and the payment between."""
    from waterdeal.cli.explain import run_compensation

    console = current_console()
    with console.errors():
        run_compensation(console, scenario, sets or [], upstream, languages(lang)[0], energy_price)


@app.command()
def track(
    run: Annotated[Path, typer.Argument(help="Folder of a run.")],
    actual: Annotated[Path, typer.Option("--actual", help="Measurements: xlsx or csv.")],
    out: Out = None,
    year: Annotated[int | None, typer.Option("--year", help="Year of a table that does not say.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse to guess.")] = False,
    lang: Lang = None,
) -> None:
    """Compare a plan with measurements, tell what is owed to whom, and plan the rest of the season anew."""
    from waterdeal.cli.track import Followed, run_track

    console = current_console()
    with console.errors():
        run_track(console, Followed(run, actual, out, languages(lang)[0], year, strict))


@app.command()
def agree(run: Annotated[Path, typer.Argument(help="Folder of a run.")], out: Out = None, force: Force = False) -> None:
    """Make the record of a deal: a folder, or a .zip, that any party can check."""
    from waterdeal.cli.record import run_agree

    console = current_console()
    with console.errors():
        run_agree(console, run, out, force=force)


@app.command()
def verify(
    record: Annotated[Path, typer.Argument(help="Folder or .zip of a record.")],
    solve: Annotated[bool, typer.Option("--solve/--no-solve", help="Solve again and compare.")] = True,
    lang: Lang = None,  # noqa: ARG001 - the console takes its language from it
) -> None:
    """Check the record of a deal: hashes, clauses, balances, printed totals, and the plan itself by solving again."""
    from waterdeal.cli.record import run_verify

    console = current_console()
    with console.errors():
        run_verify(console, record, resolve=solve)


@app.command()
def audit(plan: Path) -> None:
    """Recompute every balance of a plan from its file, without the solver."""
    from waterdeal.cli.commands import run_audit

    console = current_console()
    with console.errors():
        run_audit(console, plan)


@app.command()
def compare(plans: list[Path]) -> None:
    """Show plans side by side, with their differences to the first."""
    from waterdeal.cli.commands import run_compare

    console = current_console()
    with console.errors():
        run_compare(console, plans)


@app.command()
def convert(
    source: Path,
    target: Path,
    lang: Annotated[Language, typer.Option("--lang", help="Language of a workbook or tables.")] = Language.EN,
    force: Force = False,
) -> None:
    """Convert a plan to xlsx or csv, or a runoff series between csv and nc."""
    from waterdeal.cli.convert import run_convert

    console = current_console()
    with console.errors():
        run_convert(console, source, target, lang, force=force)


@app.command()
def info(plan: Annotated[Path | None, typer.Argument(help="A plan; without one, the installation.")] = None) -> None:
    """Say what a plan was made from, or what is installed and bundled."""
    from waterdeal.cli.commands import run_info

    console = current_console()
    with console.errors():
        run_info(console, plan)


@app.command()
def migrate(
    files: Annotated[list[Path], typer.Argument(help="Scenarios, agreements, or folders of basins.")],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="File, or folder of a basin, to write to.")] = None,
) -> None:
    """Bring files of earlier formats up to that of today; the old ones are kept as .bak."""
    from waterdeal.cli.migrate import run_migrate

    console = current_console()
    with console.errors():
        run_migrate(console, files, out)


@app.command()
def schema(
    agreement: Annotated[bool, typer.Option("--agreement", help="Of agreement files, not of scenario files.")] = False,
    out: Out = None,
    force: Force = False,
) -> None:
    """Print the JSON Schema of scenario or agreement files, for editors."""
    from waterdeal.cli.commands import run_schema

    console = current_console()
    with console.errors():
        run_schema(console, out, agreement=agreement, force=force)


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the ``waterdeal`` command."""
    use_utf8()
    search_seldom()
    app(take_flags(sys.argv[1:] if arguments is None else arguments), prog_name="waterdeal")
