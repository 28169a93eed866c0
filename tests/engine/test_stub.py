"""The stub for the compiled module says what csrc/kemilua.h says."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import kemilua
from kemilua._ffi import ffi, lib

STUB = Path(kemilua.__file__).with_name("_kemilua.pyi")


def members():
    tree = ast.parse(STUB.read_text(encoding="utf-8"))
    (body,) = [node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "_Lib"]
    constants = {node.target.id for node in body if isinstance(node, ast.AnnAssign)}
    functions = {node.name: len(node.args.posonlyargs) - 1 for node in body if isinstance(node, ast.FunctionDef)}
    return constants, functions


def test_the_stub_lists_all_that_crosses_and_nothing_else():
    constants, functions = members()
    names = {name for name in dir(lib) if not name.startswith("kl_py_")}
    assert constants | functions.keys() == names


def test_functions_have_as_many_parameters_as_in_c():
    _, functions = members()
    assert functions == {name: len(ffi.typeof(getattr(lib, name)).args) for name in functions}


def test_public_names_are_there_and_documented():
    for name in kemilua.__all__:
        item = getattr(kemilua, name)
        if inspect.isclass(item) or inspect.isfunction(item):
            assert inspect.getdoc(item), name


def test_public_methods_are_documented():
    for kind in (kemilua.Engine, kemilua.Message, kemilua.Stream, kemilua.SharedState):
        for name, member in vars(kind).items():
            if not name.startswith("_") and (inspect.isfunction(member) or isinstance(member, property)):
                assert inspect.getdoc(member), f"{kind.__name__}.{name}"
