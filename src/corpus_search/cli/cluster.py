"""The options that say where a cluster is found, for every command: none of them is asked unless the engine is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from corpus_search.engine import Service

_MINE = "corpus_search.service"


def _keep(context: click.Context, option: click.Parameter, value: Any) -> Any:
    if value is not None:
        context.meta.setdefault(_MINE, {})[str(option.name).removeprefix("opensearch_")] = value
    return value


def _option(name: str, *, variable: str = "", **more: Any) -> Callable[..., Any]:
    variable = variable or "CORPUS_SEARCH_" + name.removeprefix("--").replace("-", "_").upper()
    return click.option(name, envvar=variable, expose_value=False, callback=_keep, **more)


_OPTIONS = (
    _option(
        "--opensearch-url", multiple=True, metavar="URL",
        help="With --engine opensearch: a node of the cluster; repeatable. docs/cluster.md tells of the other options.",
    ),
    _option("--opensearch-user", metavar="NAME", hidden=True),
    _option("--opensearch-password-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), hidden=True),
    _option("--opensearch-ca", type=click.Path(exists=True, dir_okay=False, path_type=Path), hidden=True),
    _option("--opensearch-verify/--opensearch-no-verify", variable="CORPUS_SEARCH_OPENSEARCH_VERIFY", default=None,
            hidden=True),
    _option("--opensearch-index", metavar="NAME", hidden=True),
    _option("--opensearch-shards", type=click.IntRange(1, 1024), hidden=True),
    _option("--opensearch-replicas", type=click.IntRange(0, 20), hidden=True),
    _option("--opensearch-timeout", type=click.FloatRange(0, min_open=True), hidden=True),
)  # fmt: skip


def cluster_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a cluster to a command; `service` returns what they say."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def service() -> Service:
    """Return where the command that runs is told to find a cluster."""
    from corpus_search.engine import Service

    given: dict[str, Any] = dict(click.get_current_context().meta.get(_MINE, {}))
    made: dict[str, Any] = {}
    if given.get("url"):
        made["urls"] = tuple(given["url"])
    if "password_file" in given:
        made["password"] = given["password_file"].read_text("utf-8").strip()
    elif "CORPUS_SEARCH_OPENSEARCH_PASSWORD" in os.environ:
        # There is no option for it: what stands in a command line, everybody on the machine can read.
        made["password"] = os.environ["CORPUS_SEARCH_OPENSEARCH_PASSWORD"]
    if "timeout" in given:
        made["timeout_s"] = given["timeout"]
    names = ("user", "ca", "verify", "index", "shards", "replicas")
    return Service(**made, **{name: given[name] for name in names if name in given})
