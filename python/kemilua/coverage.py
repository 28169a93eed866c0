"""How much of KEMI is there: the registered KSR functions beside the list of all that Kamailio exports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from kemilua import _missing
from kemilua.engine import Engine

__all__ = ["Coverage", "coverage", "markdown"]


@dataclass(frozen=True, slots=True)
class Coverage:
    """One module of KEMI."""

    module: str
    """Empty for the core."""
    registered: int
    missing: tuple[str, ...]
    """Functions of Kamailio's that are not registered, sorted."""

    @property
    def total(self) -> int:
        """How many functions Kamailio 6.2 exports."""
        return self.registered + len(self.missing)


def exported() -> set[tuple[str, str]]:
    """(module, function) of every KEMI export of Kamailio 6.2."""
    return {(module, function) for module, functions in _missing.exported().items() for function in functions}


def registered(engine: Engine) -> set[tuple[str, str]]:
    """(module, function) of every KSR function of an engine."""
    rows = (method["func"] for method in engine.rpc("app_lua.api_list")["methods"])
    return {(row["module"], row["name"]) for row in rows}


def coverage() -> list[Coverage]:
    """Every module of Kamailio's, by name, the core first, as an engine with all its modules has it."""
    with Engine() as engine:
        ours = registered(engine)
    theirs = exported()
    counts = Counter(module for module, _ in theirs & ours)
    missing: dict[str, list[str]] = {module: [] for module, _ in theirs}
    for module, function in sorted(theirs - ours):
        missing[module].append(function)
    return [Coverage(module, counts[module], tuple(names)) for module, names in sorted(missing.items())]


def markdown(modules: Iterable[Coverage]) -> str:
    """A table of the modules that have begun, and a line with the others."""
    modules = list(modules)
    begun = [one for one in modules if one.registered]
    lines = ["| module | registered | of | missing |", "| --- | ---: | ---: | --- |"]
    for one in begun:
        name = f"KSR.{one.module}" if one.module else "KSR"
        lines.append(f"| {name} | {one.registered} | {one.total} | {' '.join(f'`{function}`' for function in one.missing)} |")
    lines.append(f"| all modules | {sum(one.registered for one in modules)} | {sum(one.total for one in modules)} | |")
    absent = ", ".join(f"{one.module} ({one.total})" for one in modules if not one.registered)
    return "\n".join(lines) + (f"\n\nNot begun: {absent}.\n" if absent else "\n")
