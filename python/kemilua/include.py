"""Where the headers are that a Lua library in C is compiled against."""

from __future__ import annotations

from kemilua import _kemilua

__all__ = ["get_include"]


def get_include() -> str:
    """Return the folder of `lua.h`, `lauxlib.h`, `luaconf.h` and `lualib.h` of the Lua that is built in, for a C compiler's `-I`.

    A library that is compiled so runs in scripts by `Engine(openlibs=[(name, path)])`, or `require` in the library set `full`.

    Raises FileNotFoundError where kemilua was put together without them.
    """
    from pathlib import Path  # a tenth of what importing kemilua would take

    installed = Path(_kemilua.__file__).parent / "include"
    checkout = Path(__file__).resolve().parents[2] / "vendor" / "lua" / "src"
    for folder in (installed, checkout):
        if (folder / "lua.h").is_file():
            return str(folder)
    raise FileNotFoundError(f"Lua's headers are not in {installed}")
