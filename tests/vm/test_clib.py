"""Lua libraries in C: those of the distribution, those built against our headers, and those that were built for another Lua."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import textwrap
from collections.abc import Callable
from pathlib import Path

import kemilua
import pytest
from builders import request
from command import environment
from harness import logged
from kemilua._ffi import ffi, lib, span

Build = Callable[..., Path]

TRIPLET = sysconfig.get_config_var("MULTIARCH") or ""
FOLDER = Path("/usr/lib") / TRIPLET / "lua"

WORKS = {
    "lua-cjson": ("cjson", "local j = require('cjson') return j.encode({1, 'x'}) .. j.decode('{\"n\": [7]}').n[1]", '[1,"x"]7.0'),
    "lua-filesystem": ("lfs", "return require('lfs').attributes('/', 'mode')", "directory"),
    "lua-socket": ("socket/core", "return require('socket').dns.toip and require('mime').b64('kemi')", "a2VtaQ=="),
    "lua-rex-pcre2": ("rex_pcre2", "return require('rex_pcre2').match('call 42', '(\\\\d+)')", "42"),
}


def installed(package: str, file: str, release: str) -> Path:
    path = FOLDER / release / f"{file}.so"
    if not path.exists():
        pytest.skip(f"the Debian package {package} is not installed: no {path}")
    return path


@pytest.mark.parametrize("package", WORKS)
def test_library_of_the_distribution_works(package):
    file, code, result = WORKS[package]
    installed(package, file, "5.4")
    with kemilua.Engine() as first, kemilua.Engine() as second:
        assert [first.eval(code), second.eval(code)] == [(result,), (result,)]


FOR_OTHERS = [(package, file, release) for package, (file, _, _) in WORKS.items() for release in ("5.1", "5.2", "5.3")]
FOR_OTHERS += [("lua-posix", "posix", release) for release in ("5.1", "5.2", "5.3")]


@pytest.mark.parametrize(("package", "file", "release"), FOR_OTHERS)
def test_library_of_the_distribution_for_another_lua_is_refused(package, file, release, tmp_path):
    path = installed(package, file, release)
    opener = f"luaopen_{file.replace('/', '_')}"
    with kemilua.Engine() as engine:
        text = f"{path} is built for Lua {release}, and this is Lua 5.4"
        assert engine.eval(f"return package.loadlib('{path}', '{opener}')") == (None, text, "open")
        copy = tmp_path / "copy.so"
        shutil.copy(path, copy)
        _, text, what = engine.eval(f"return package.loadlib('{copy}', '{opener}')")
        assert (text.startswith(f"{copy} is built for "), what) == (True, "open")
        assert engine.eval("return 7") == (7,)


def test_module_that_is_installed_for_another_lua_alone_says_so():
    path = installed("lua-posix", "posix", "5.3")
    if (FOLDER / "5.4" / "posix.so").exists():
        pytest.skip("this lua-posix is there for Lua 5.4 too")
    with kemilua.Engine() as engine, pytest.raises(kemilua.ScriptError) as caught:
        engine.eval("require('posix')")
    assert f"module 'posix' is installed for Lua 5.3 ({path}), but not for Lua 5.4, which this is" in str(caught.value)


def test_folders_of_the_distribution_are_searched():
    with kemilua.Engine() as engine:
        path, cpath = engine.eval("return package.path, package.cpath")
    assert "/usr/share/lua/5.4/?.lua" in path.split(";")
    if sys.platform == "linux":
        assert {"/usr/lib/lua/5.4/?.so", f"/usr/lib/{TRIPLET}/lua/5.4/?.so"} <= set(cpath.split(";"))


# ---- libraries made here

HEAD = "#include <lauxlib.h>\n#include <lua.h>\n"


@pytest.fixture(scope="session")
def compiler() -> str:
    found = shutil.which("cc")
    if found is None:
        pytest.skip("no C compiler (cc) is installed")
    return found


@pytest.fixture
def build(compiler: str, tmp_path: Path) -> Build:
    """Compile a library from C text, as examples/openlib/README.md has it."""

    def build(text: str, name: str = "own.so", *flags: str | Path, headers: bool = True) -> Path:
        source, library = tmp_path / f"{name}.c", tmp_path / name
        source.write_text((HEAD if headers else "") + text)
        shared = ["-bundle", "-undefined", "dynamic_lookup"] if sys.platform == "darwin" else ["-shared"]
        subprocess.run([compiler, "-fPIC", *shared, "-I", kemilua.get_include(), source, *flags, "-o", library], check=True)
        return library

    return build


def load(engine: kemilua.Engine, library: Path) -> None:
    """The global `own` is what luaopen_own returns."""
    engine.eval(f"local open, why = package.loadlib('{library}', 'luaopen_own') own = assert(open, why)()")


def refusal(library: Path) -> str:
    with kemilua.Engine() as engine:
        _, text, _ = engine.eval(f"return package.loadlib('{library}', 'luaopen_own')")
        return str(text)


CALLS = """
static int call(lua_State *L) { lua_call(L, lua_gettop(L) - 1, LUA_MULTRET); return lua_gettop(L); }
static int calls(lua_State *L) { for (;;) { lua_pushvalue(L, 1); lua_call(L, 0, 0); } }
static int fail(lua_State *L) { return luaL_error(L, "own %s", luaL_checkstring(L, 1)); }
int luaopen_own(lua_State *L)
{
    static const luaL_Reg functions[] = {{"call", call}, {"calls", calls}, {"fail", fail}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
"""


def test_errors_cross_a_library_both_ways(build):
    with kemilua.Engine() as engine:
        load(engine, build(CALLS))
        assert engine.eval("return pcall(own.fail, 'error')") == (False, "own error")
        assert engine.eval("return pcall(own.call, error, 'mine', 0)") == (False, "mine")
        assert engine.eval("return own.call(tostring, 7)") == ("7",)


def test_exit_ends_a_run_through_a_library(script, build):
    engine = script("function ksr_request_route() own.call(function() KSR.info('before') KSR.x.exit() end) KSR.info('after') end")
    load(engine, build(CALLS))
    assert logged(engine.receive(request())) == ["before"]


def test_budget_ends_a_loop_in_a_library_that_calls_lua(build):
    with kemilua.Engine(limits=kemilua.Limits(instructions=100_000)) as engine:
        load(engine, build(CALLS))
        with pytest.raises(kemilua.BudgetError):
            engine.eval("own.calls(function() end)")
        assert engine.eval("return 7") == (7,)


def test_memory_limit_reaches_a_library(build):
    grow = "static int grow(lua_State *L) { for (;;) lua_newuserdatauv(L, 1 << 20, 0), lua_rawseti(L, 1, 1 + (int)lua_rawlen(L, 1)); }"
    library = build(f"{grow}\nint luaopen_own(lua_State *L) {{ luaL_checkversion(L); lua_pushcfunction(L, grow); return 1; }}")
    with kemilua.Engine(limits=kemilua.Limits(memory=16 * 2**20)) as engine:
        load(engine, library)
        with pytest.raises(kemilua.ScriptMemoryError):
            engine.eval("own({})")
        assert engine.eval("return 7") == (7,)


def test_finalizer_of_a_library_runs_when_the_engine_ends(build, tmp_path):
    mark = tmp_path / "closed"
    end = f'static int end(lua_State *L) {{ (void)L; fclose(fopen("{mark}", "w")); return 0; }}'
    library = build(
        f"""#include <stdio.h>
        {end}
        int luaopen_own(lua_State *L)
        {{
            static const luaL_Reg methods[] = {{{{"__gc", end}}, {{NULL, NULL}}}};
            lua_newuserdatauv(L, 1, 0);
            luaL_newlib(L, methods);
            lua_setmetatable(L, -2);
            return 1;
        }}"""
    )
    engine = kemilua.Engine()
    load(engine, library)
    assert not mark.exists()
    engine.close()
    assert mark.exists()


def test_library_that_tells_no_release_is_refused(build):
    library = build("int luaopen_own(lua_State *L) { lua_pushinteger(L, 7); return 1; }")
    assert refusal(library) == (
        f"{library} does not tell which Lua it is built for: its luaopen function has to call luaL_checkversion, as luaL_newlib does"
    )


def test_the_same_library_in_a_folder_of_lua_5_4_is_taken(build, tmp_path):
    (tmp_path / "lua" / "5.4").mkdir(parents=True)
    library = build("int luaopen_own(lua_State *L) { lua_pushinteger(L, 7); return 1; }", "lua/5.4/own.so")
    with kemilua.Engine() as engine:
        assert engine.eval(f"package.cpath = '{library.parent}/?.so' return (require('own'))") == (7,)


OLD = "int luaL_register(void *L, const char *name, const void *functions); int luaopen_own(void *L) { return luaL_register(L, 0, 0); }"


def test_library_that_needs_what_lua_5_4_lacks_is_refused(build):
    library = build(OLD, headers=False)
    assert refusal(library) == f"{library} is built for another Lua than 5.4: it needs luaL_register"


def test_library_that_asks_for_another_release_is_refused_when_it_starts(build):
    library = build("int luaopen_own(lua_State *L) { luaL_checkversion_(L, 503, LUAL_NUMSIZES); return 0; }")
    with kemilua.Engine() as engine, pytest.raises(kemilua.ScriptError, match="version mismatch"):
        load(engine, library)


linux = pytest.mark.skipif(sys.platform != "linux", reason="what is linked with what is told by ELF")


@linux
def test_library_linked_with_another_lua_is_refused(build):
    stub = "int luaL_register(void *L, const char *n, const void *f) { return 0; }"
    other = build(stub, "liblua5.1.so", "-Wl,-soname,liblua5.1.so", headers=False)
    library = build(OLD, "own.so", other, f"-Wl,-rpath,{other.parent}", headers=False)
    assert refusal(library) == f"{library} is built for Lua 5.1, and this is Lua 5.4"


@linux
def test_library_linked_with_another_lua_5_4_calls_ours(build):
    """Its own would have ended the process."""
    stubs = "#include <stdlib.h>\nvoid luaL_checkversion_(void *L) { abort(); } void lua_pushinteger(void *L) { abort(); }"
    other = build(stubs, "liblua5.4.so", "-Wl,-soname,liblua5.4.so", headers=False)
    code = "int luaopen_own(lua_State *L) { luaL_checkversion(L); lua_pushinteger(L, 7); return 1; }"
    library = build(code, "own.so", "-Wl,--no-as-needed", other, f"-Wl,-rpath,{other.parent}")
    with kemilua.Engine() as engine:
        load(engine, library)
        assert engine.eval("return own") == (7,)


def test_what_is_no_library_is_told(tmp_path):
    text, missing = tmp_path / "text.so", tmp_path / "missing.so"
    text.write_text("not a library")
    assert refusal(missing) == f"{missing}: No such file or directory"
    assert str(text) in refusal(text)
    with kemilua.Engine() as engine, pytest.raises(kemilua.ScriptError, match="error loading module 'text' from file"):
        engine.eval(f"package.cpath = '{tmp_path}/?.so' require('text')")


def test_names_of_modules_become_names_of_functions(build):
    answers = {"luaopen_a_b": 1, "luaopen_front": 2, "luaopen_root_c": 3}
    opener = "int {}(lua_State *L) {{ luaL_checkversion(L); lua_pushinteger(L, {}); return 1; }}\n"
    text = "".join(opener.format(name, n) for name, n in answers.items())
    folder = build(text, "root.so").parent
    (folder / "a").mkdir()
    shutil.copy(folder / "root.so", folder / "a" / "b.so")
    shutil.copy(folder / "root.so", folder / "front-x.so")
    with kemilua.Engine() as engine:
        engine.eval(f"package.cpath = '{folder}/?.so'")
        assert engine.eval("return require('a.b'), require('front-x'), (require('root.c'))") == (1, 2, 3)
        assert f"no module 'root.d' in file '{folder}/root.so'" in engine.eval("return select(2, pcall(require, 'root.d'))")[0]


# ---- other Luas in the process

LUPAS = ["lua51", "lua52", "lua53", "lua54", "luajit20", "luajit21"]
PROCESS = """
import ctypes, importlib, kemilua
{before}
engine = kemilua.Engine()
print(engine.eval("return package.loadlib('{library}', 'luaopen_own')"))
print(hasattr(ctypes.CDLL(None), "lua_checkstack"))
{after}
print(engine.eval("own = package.loadlib('{library}', 'luaopen_own')() return own.call(tostring, 7)"))
"""
RUN = "print(importlib.import_module('lupa.{name}').LuaRuntime().eval(\"(('x'):rep(3) .. select('#', ('a b'):gsub('%w', '%0')))\"))"


def process(library: Path, before: str = "", after: str = "") -> list[str]:
    code = textwrap.dedent(PROCESS).format(library=library, before=before, after=after)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=environment(), check=False)
    assert done.returncode == 0, f"{done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout.splitlines()


def runtime(name: str) -> str:
    pytest.importorskip(f"lupa.{name}", reason=f"lupa.{name} is not installed")
    return RUN.format(name=name)


@pytest.mark.parametrize("name", LUPAS)
@pytest.mark.parametrize("order", ["before", "after"])
def test_another_lua_that_keeps_to_itself_does_no_harm(build, name, order):
    lines = process(build(CALLS), **{order: runtime(name)})
    assert [line for line in lines if line == "xxx2"] == ["xxx2"]
    assert [lines[-2 if order == "before" else -3], lines[-1]] == ["False", "('7',)"]


@linux
def test_another_lua_that_all_of_the_process_sees_is_told(build):
    other = build("int lua_checkstack(void *L, int n) { return 0; }", "libother.so", headers=False)
    code = f"ctypes.CDLL('{other}', ctypes.RTLD_GLOBAL)"
    library = build(CALLS)
    lines = process(library, before=code, after="raise SystemExit")
    assert lines[0] == str((None, f"another Lua is visible to all of this process ({other}): a library in C would call that one", "open"))


# ---- what a host opens


def test_example_of_the_documentation(root, build):
    library = build((root / "examples/openlib/luhn.c").read_text(), "luhn.so", headers=False)
    for libraries in ("full", "safe"):
        with kemilua.Engine(openlibs=[("luhn", library)], libraries=libraries) as engine:
            assert engine.eval("return luhn.valid('79927398713'), luhn.valid('79927398710'), luhn.digit('7992739871')") == (True, False, 3)
            with pytest.raises(kemilua.ScriptError, match="'x' is no number"):
                engine.eval("luhn.digit('x')")


def test_library_by_the_address_of_its_function_is_opened_in_both_contexts(build):
    library = build("int luaopen_own(lua_State *L) { luaL_checkversion(L); lua_newtable(L); return 1; }")
    address = ffi.new("void **")
    error = ffi.new("kl_error *")
    names = [span(str(library).encode()), span(b"luaopen_own")]
    assert lib.kl_library_function(*names, address, error) == lib.KL_OK
    with kemilua.Engine(kemilua.Source("x = 1"), openlibs=[("own", int(ffi.cast("uintptr_t", address[0])))]) as engine:
        assert engine.eval("return type(own), package.loaded.own == own") == ("table", True)
        assert engine.lua_dostring("assert(type(own) == 'table' and x == nil)") == 1


def test_library_of_a_host_that_cannot_be_opened_is_told(tmp_path, build):
    with pytest.raises(kemilua.ReadError, match="No such file"):
        kemilua.Engine(openlibs=[("own", tmp_path / "missing.so")])
    with pytest.raises(kemilua.ReadError, match="has no function luaopen_other"):
        kemilua.Engine(openlibs=[("other", build(CALLS))])


def test_scripts_of_the_safe_set_load_none(build):
    library = build(CALLS)
    with kemilua.Engine(libraries="safe") as engine:
        assert engine.eval("return package.loadlib, package.cpath, #package.searchers < 3") == (None, "", True)
        with pytest.raises(kemilua.ScriptError, match="not found"):
            engine.eval(f"package.cpath = '{library.parent}/?.so' require('own')")
