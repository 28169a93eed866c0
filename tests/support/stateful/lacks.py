"""What a build has not that a scenario uses: modules, their functions and parameters, RPC commands."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

import kemilua
from kemilua._kamailio import declarations, native_modules
from kemilua.engine import BASE_MODULES

from stateful.scenario import Rpc, Scenario

__all__ = ["Lack", "lacks", "named", "playable"]

Lack = tuple[str, str]
"""A module, and what of it is not here: `module` itself, `KSR.module.function`, `parameter NAME`, `RPC NAME`."""

MODULES = {"kemix": "kx"}
"""KSR modules that a module of another name exports."""
NOT_OURS = ("jsonrpcs", "app_lua")
"""Modules that are no KSR module: the host calls `Engine.rpc`, and app_lua is the engine."""
FUNCTION = re.compile(r"\bKSR\.([a-z_0-9]+)\.(\w+)")
COMMANDS = {"ul": "usrloc", "dlg": "dialog", "stats": "kex"}
"""Modules whose commands begin otherwise than with their name."""
VARIABLES = {"tmx": re.compile(r"\$\(?T[_(]")}
"""Variables that a module brings."""


@functools.cache
def _here() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """KSR modules, `module.function` and RPC commands of this build."""
    with kemilua.Engine([kemilua.Source("-- nothing is routed", "none.lua")]) as engine:
        rows = [row["func"] for row in engine.rpc("app_lua.api_list")["methods"]]
        return frozenset(native_modules()), frozenset(f"{row['module']}.{row['name']}" for row in rows), frozenset(engine.commands)


def lacks(scenario: Scenario) -> list[Lack]:
    """What the scenario uses and this build has not; modules that are loaded and not used do not count."""
    modules, functions, commands = _here()
    called = {(module, name) for module, name in FUNCTION.findall(scenario.lua) if name in _declared(module)}
    asked = {(_module_of(step.method), step.method) for step in scenario.steps if isinstance(step, Rpc)}
    used = {module for module, _ in called | asked} | {module for module, _, _ in scenario.modparams}
    used |= {module for module, variable in VARIABLES.items() if variable.search(scenario.lua)}
    gone = {module for module in used if module in _ksr_modules(scenario) and module not in modules}
    found = {(module, "module") for module in gone}
    found |= {(module, f"KSR.{module}.{name}") for module, name in called if module not in gone and f"{module}.{name}" not in functions}
    found |= {
        (module, f"parameter {name}") for module, name, _ in scenario.modparams if module not in gone and not _has_parameter(module, name)
    }
    found |= {(module, f"RPC {name}") for module, name in asked if module not in gone and name not in commands}
    return sorted(found)


def named(lacking: Iterable[Lack]) -> str:
    """`dispatcher, KSR.uac.uac_auth, tm's parameter contacts_avp`."""
    return ", ".join(module if what == "module" else what if "." in what else f"{module}'s {what}" for module, what in lacking)


def playable(scenario: Scenario) -> list[str]:
    """The modules of the scenario that this build has."""
    return [name for name in _ksr_modules(scenario) if name in _here()[0]]


def _ksr_modules(scenario: Scenario) -> list[str]:
    return [MODULES.get(name, name) for name in scenario.modules if name not in NOT_OURS]


@functools.cache
def _declared(module: str) -> frozenset[str]:
    """The functions that Kamailio exports in a module."""
    return frozenset(row["function"] for row in declarations().get(module, ()))


@functools.cache
def _has_parameter(module: str, name: str) -> bool:
    """Whether a module of this build has a parameter, whatever it wants for a value."""
    try:
        with kemilua.Engine(modules=[] if module in BASE_MODULES else [module], modparams={module: {name: 1}}):
            return True
    except kemilua.NotFoundError:
        return False
    except kemilua.KemiluaError:
        return True


def _module_of(command: str) -> str:
    prefix = command.partition(".")[0]
    return COMMANDS.get(prefix, prefix)
