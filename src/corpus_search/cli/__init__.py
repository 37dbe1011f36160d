"""The command line: `corpus-search COMMAND`, a module for each few commands, loaded when one of them is asked for.

Results go to standard output; progress, warnings and errors to standard error. Exit status as grep's: 0 found or
done, 1 nothing found, 2 an error.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import click

from corpus_search import __version__
from corpus_search.cli.common import FAILED, FOUND, STOPPED, say
from corpus_search.errors import CorpusSearchError, IndexDamagedError, IndexMissingError, QueryError

_COMMANDS = {
    "index": "indexing",
    "query": "asking",
    "kwic": "asking",
    "complete": "asking",
    "statistics": "counting",
    "collocates": "counting",
    "keyness": "counting",
    "related": "relating",
    "show": "reading",
    "cite": "reading",
    "check": "checking",
    "serve": "serving",
    "status": "indexing",
    "verify": "indexing",
    "doctor": "indexing",
    "evaluate": "indexing",
    "replay": "replaying",
    "mcp": "assisting",
    "cited": "works",
}
"""The commands, in the order of the help page, each with the module that has it."""


class _Commands(click.Group):
    """Loads a command's module when the command is asked for: most are not, and a terminal is to answer at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = _COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = getattr(import_module(f"corpus_search.cli.{module}"), cmd_name)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="corpus-search")
def commands() -> None:
    """Search a folder of Chinese scholarly articles by section and footnote."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit; no traceback reaches a user."""
    _start_quickly()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    logging.basicConfig(format="corpus-search: %(message)s", level=logging.WARNING)
    try:
        # Not `commands.main`, which takes a closed pipe for a failure.
        with commands.make_context("corpus-search", list(sys.argv[1:] if arguments is None else arguments)) as context:
            status = commands.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as stop:
        status = stop.exit_code
    except click.ClickException as error:
        error.show()
        status = FAILED
    except (click.Abort, KeyboardInterrupt):
        say("stopped")
        status = STOPPED
    except BrokenPipeError:
        # Whoever read the results has what they wanted; nothing more can be written, not even on the way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = FOUND
    except QueryError as error:
        from corpus_search.terminal import caret

        click.echo(f"corpus-search: {caret(error)}", err=True)
        status = FAILED
    except IndexMissingError as error:
        say(f"{error}; `corpus-search index FOLDER` makes an index")
        status = FAILED
    except IndexDamagedError as error:
        say(f"{error}; `corpus-search index --rebuild` makes it anew")
        status = FAILED
    except CorpusSearchError as error:
        say(str(error))
        status = FAILED
    except Exception as error:
        if os.environ.get("CORPUS_SEARCH_DEBUG"):
            raise
        what = f"{error!r:.300}"
        say(f"something went wrong that should not ({what}); CORPUS_SEARCH_DEBUG=1 shows where, please report it")
        status = FAILED
    # What is loaded is no garbage at the end either, when Python looks through all of it twice more.
    gc.freeze()
    sys.exit(status if isinstance(status, int) else FOUND)


def _start_quickly() -> None:
    """Leave out what makes no difference but to how long it takes to begin."""
    # Nothing that is loaded is garbage: by default it is looked through a hundred times before a query is answered.
    gc.set_threshold(100_000)
    # There is no linear algebra here that a pool of threads could hasten.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
