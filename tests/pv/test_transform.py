"""Transformations as a script sees them: types and nil, every name of the sheet, and what other implementations make of the same bytes."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import urllib.parse
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import kemilua
import pytest
from builders import request

ALL_BYTES = bytes(range(256))
SAMPLES = [b"", b"a", b"hello world", b"sip:bob@example.com:5070;transport=tcp", "Jörg".encode(), b"a\r\nb\r\n", ALL_BYTES, b"x" * 1000]


def quoted(data: bytes) -> str:
    """A Lua string of these bytes."""
    return '"' + "".join(f"\\{byte:03d}" for byte in data) + '"'


Transform = Callable[..., Any]


@pytest.fixture
def transform() -> Iterator[Transform]:
    """`transform(value, "{s.len}{s.int}")`: what KSR.pv.get gives for a $var that holds the value; text comes back as bytes."""
    with kemilua.Engine(listen=["udp:192.0.2.1:5060"], log_level="alert") as engine:
        message = kemilua.Message.parse(request(), engine=engine)

        def run(value: bytes | int | None, transformations: str) -> Any:
            setter = "unset" if value is None else "seti" if isinstance(value, int) else "sets"
            argument = "" if value is None else f", {value if isinstance(value, int) else quoted(value)}"
            name = quoted(f"$(vn(t){transformations})".encode())
            (result,) = engine.eval(f"KSR.pv.{setter}('$vn(t)'{argument}) return KSR.pv.get({name})", message=message)
            return result.encode("utf-8", "surrogateescape") if isinstance(result, str) else result

        yield run


# ---- every name

PARAMETERS = {
    "s.substr": "0,1", "s.select": "0,;", "s.selectsw": "0", "s.strip": "0", "s.striptail": "0", "s.stripto": "a", "s.replace": "a,b",
    "s.ftime": "%Y", "s.rm": "b", "s.count": "a", "s.before": "b", "s.after": "b", "s.rbefore": "b", "s.rafter": "b", "s.fmtlines": "9,1",
    "s.fmtlinet": "9,1", "s.charat": "0", "s.byteat": "0", "uri.param": "a", "uri.rmparam": "a", "param.value": "a", "param.in": "a",
    "param.valueat": "0", "param.name": "0", "line.at": "0", "line.sw": "a",
}  # fmt: skip
WITHOUT_A_VALUE = {"s.sha1"}
"""Does not parse in Kamailio 6.2-dev, whose {s.s} is SHA-1."""


def sheet(root: Path) -> list[str]:
    with (root / "docs" / "kamailio" / "transformations.tsv").open(encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [row["name"].split("[")[0].split(",")[0] for row in rows if "pv" in row.values() or "corex" in row.values()]


def test_every_transformation_of_pv_and_corex_gives_a_value(transform: Transform, root: Path):
    inputs = {"uri": b"sip:a@b", "urialias": b"h~5060~1", "tobody": b"<sip:a@b>", "num": 742, "sock": b"udp:h:5060"}
    special = {
        "s.int": b"7",
        "s.intv": b"7",
        "s.ftime": b"0",
        "s.decode.base64": b"aGVs",
        "urialias.encode": b"sip:h",
        "s.decode.base64url": b"aGVs",
    }
    names = sheet(root)
    assert len(names) > 90
    missing = []
    for name in names:
        parameters = "," + PARAMETERS[name] if name in PARAMETERS else ""
        value = special.get(name, inputs.get(name.split(".")[0], b"ab"))
        if transform(value, f"{{{name}{parameters}}}") is None:
            missing.append(name)
    assert set(missing) == WITHOUT_A_VALUE


# ---- types


@pytest.mark.parametrize(
    ("value", "transformations", "result"),
    [
        (b"abc", "{s.len}", 3),
        (b"-7", "{s.int}", -7),
        (b"5000000000", "{s.int}", 705032704),
        (b"kamailio", "{s.crc32}", -1148501946),
        (b"hello", "{s.corehash}", b"1702468499"),
        ("Zo\u00eb".encode(), "{s.corehash}", b"1362029016"),  # 6.2 (2026-05) reads bytes without a sign
        (b"abcd\xff", "{s.corehash}", b"1834960120"),
        (b"a\nb", "{line.count}", b"2"),
        (b"sip:a@b", "{uri.port}", 0),
        (742, "{s.tolower}", b"742"),
        (742, "{val.n0}", 742),
        (None, "{val.n0}", 0),
        (None, "{val.ne}", b""),
        (None, "{val.jsonqe}", b'""'),
        (None, "{num.fdigit}", 0),
    ],
    ids=str,
)
def test_lua_gets_integers_cut_to_32_bits_and_text(transform: Transform, value: Any, transformations: str, result: Any):
    assert transform(value, transformations) == result


@pytest.mark.parametrize(
    "transformations", ["{s.len}", "{s.md5}", "{s.substr,0,0}", "{uri.user}", "{param.count}", "{line.count}", "{tobody.uri}", "{s.trim}"]
)
def test_null_in_is_nil_out(transform: Transform, transformations: str):
    assert transform(None, transformations) is None


@pytest.mark.parametrize("transformations", ["{s.sha1}", "{S.len}", "{s.len,}", "{s.substr,0}", "{s.strip,x}", "{nosuch.len}", "{s.len"])
def test_what_does_not_parse_is_nil(transform: Transform, transformations: str):
    assert transform(b"abc", transformations) is None


def test_parameters_are_evaluated_at_each_call(script: Callable[..., kemilua.Engine]):
    engine = script(log_level="alert")
    message = kemilua.Message.parse(request(), engine=engine)
    code = """
        local got = {}
        KSR.pv.sets("$var(t)", "abcdef")
        for i = 0, 3 do
            KSR.pv.seti("$var(n)", i)
            got[#got + 1] = KSR.pv.get("$(var(t){s.strip,$var(n)})")
        end
        return table.concat(got, " ")
    """
    assert engine.eval(code, message=message) == ("abcdef bcdef cdef def",)


def test_a_variable_may_be_set_from_its_own_transformation(script: Callable[..., kemilua.Engine]):
    engine = script(log_level="alert")
    code = """
        KSR.pv.sets("$var(t)", "abcdef")
        for i = 1, 4 do KSR.pv.sets("$var(t)", KSR.pv.get("$(var(t){s.strip,1})")) end
        return KSR.pv.get("$var(t)")
    """
    assert engine.eval(code, message=kemilua.Message.parse(request(), engine=engine)) == ("ef",)


# ---- the same bytes elsewhere

ELSEWHERE: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("{s.md5}", lambda data: hashlib.md5(data).hexdigest().encode()),
    ("{s.s}", lambda data: hashlib.sha1(data).hexdigest().encode()),
    ("{s.sha256}", lambda data: hashlib.sha256(data).hexdigest().encode()),
    ("{s.sha384}", lambda data: hashlib.sha384(data).hexdigest().encode()),
    ("{s.sha512}", lambda data: hashlib.sha512(data).hexdigest().encode()),
    ("{s.sha3}", lambda data: hashlib.sha3_256(data).hexdigest().encode()),
    ("{s.sha3,384}", lambda data: hashlib.sha3_384(data).hexdigest().encode()),
    ("{s.sha3,512}", lambda data: hashlib.sha3_512(data).hexdigest().encode()),
    ("{s.encode.hexa}", lambda data: data.hex().encode()),
    ("{s.encode.base64}", base64.b64encode),
    ("{s.encode.base64url}", base64.urlsafe_b64encode),
    ("{s.encode.base64t}", lambda data: base64.b64encode(data).rstrip(b"=")),
    ("{s.encode.base64urlt}", lambda data: base64.urlsafe_b64encode(data).rstrip(b"=")),
    ("{s.toupper}", bytes.upper),
    ("{s.tolower}", bytes.lower),
]


@pytest.mark.parametrize(("transformations", "elsewhere"), ELSEWHERE, ids=[row[0] for row in ELSEWHERE])
def test_equals_another_implementation(transform: Transform, transformations: str, elsewhere: Callable[[bytes], bytes]):
    for data in SAMPLES:
        assert transform(data, transformations) == elsewhere(data)


def test_crc32_is_zlibs(transform: Transform):
    for data in SAMPLES:
        assert transform(data, "{s.crc32}") & 0xFFFFFFFF == zlib.crc32(data)


@pytest.mark.parametrize("codec", ["hexa", "7bit", "base58", "base64", "base64t", "base64url", "base64urlt"])
def test_decoding_undoes_encoding(transform: Transform, codec: str):
    for data in SAMPLES:
        if codec == "7bit":
            data = bytes(byte & 0x7F for byte in data)
        back = transform(data, f"{{s.encode.{codec}}}{{s.decode.{codec}}}")
        if codec == "7bit" and len(data) % 8 == 7:
            assert back[-1:] == b"\0", "seven bits are left over"
            back = back[:-1]
        assert back == data


@pytest.mark.parametrize("kind", ["common", "crlf"])
def test_unescaping_undoes_escaping(transform: Transform, kind: str):
    for data in SAMPLES:
        if kind == "crlf" and (not data or b"\\" in data):
            continue
        assert transform(data, f"{{s.escape.{kind}}}{{s.unescape.{kind}}}") == data


@pytest.mark.parametrize("kind", ["user", "param"])
def test_percent_escapes_of_printable_text_come_back(transform: Transform, kind: str):
    printable = bytes(range(32, 127))
    assert transform(printable, f"{{s.escape.{kind}}}{{s.unescape.{kind}}}") == printable


def test_urlencoding_is_read_by_urllib(transform: Transform):
    for data in SAMPLES:
        encoded = transform(data, "{s.urlencode.param}")
        assert urllib.parse.unquote_to_bytes(encoded) == data
        assert transform(encoded, "{s.urldecode.param}") == data


def test_json_text_is_read_by_json(transform: Transform):
    for text in ["", 'quote " and \\', "line\r\n\ttab", "".join(map(chr, range(1, 128))), "Jörg"]:
        assert json.loads(b'"' + transform(text.encode(), "{val.json}") + b'"') == text


def test_csv_field_is_read_by_csv(transform: Transform):
    for text in ["", "plain", 'a "quoted", field', "two\r\nlines"]:
        ((field,),) = csv.reader(io.StringIO(transform(text.encode(), "{s.escape.csv}").decode(), newline=""))
        assert field == text


# ---- {re.subst}

SUBSTITUTIONS = [
    ("/a/b/", "bbnana"),
    ("/a/b/g", "bbnbnb"),
    ("/A/b/gi", "bbnbnb"),
    ("#a#/#", "b/nana"),
    ("/a//", "bnana"),
    ("/n(a)n/<\\1\\0>/", "ba<anan>a"),
    ("/(a)(n)?/[\\1\\2\\3]/g", "b[an][an][a]"),
    ("/a/\\n\\$\\q\\//", "b\n$q/nana"),
    ("/a{1}/,{}/", "b,{}nana"),
    ("/a$/X/g", "bananX"),
    ("/zzz/y/", "banana"),
    ("/a/$rm$(rm{s.len})/", "bOPTIONS7nana"),
    ("/a/x$avp(none)y/", "bxynana"),
    ("/./X/g", "XXXXXX"),
    *((wrong, None) for wrong in ("/a/b", "a", "/", "//b/", "/(/b/", "/a/b/x", "\\a\\b\\", "/a*/X/", "/a/$nosuch/", "/a/\\", "/(a)\\1/b/")),
]


@pytest.mark.parametrize(("expression", "expected"), SUBSTITUTIONS, ids=[expression for expression, _ in SUBSTITUTIONS])
def test_substitution_is_as_kamailio_does_it(transform, expression, expected):
    assert transform(b"banana", f"{{re.subst,{expression}}}") == (expected.encode() if expected is not None else None)


def test_substitution_takes_its_expression_from_a_variable(transform):
    assert transform(b"/b/+\\0/g", "{re.subst,$vn(t)}") == b"/+b/+\\0/g"


def test_lines_are_told_apart_unless_asked_not_to(transform):
    assert transform(b"a\nb\na\r\nb", "{re.subst,/^b/X/g}") == b"a\nX\na\r\nX"
    assert transform(b"a\nb", "{re.subst,/a.b/X/}") == b"a\nb"
    assert transform(b"a\nb", "{re.subst,/a.b/X/s}") == b"X"


SIZES = [(b"", None), (b"x" * 8190, 8190), (b"x" * 8191, None), (b"a" * 4095, 8190), (b"a" * 4096, None)]


@pytest.mark.parametrize(("value", "size"), SIZES)
def test_substitution_ends_at_8190_bytes(transform, value, size):
    assert transform(value, "{re.subst,/a/bb/g}{s.len}") == size


KEPT = ["trim", "ltrim", "rtrim", "before,V", "after,V", "rbefore,V", "rafter,V", "unquote", "unbracket"]


@pytest.mark.parametrize("op", KEPT)
def test_some_leave_the_int_beside_the_text(script, op):
    """Kamailio's $rm carries its method's id; what these make of the text still does."""
    engine = script()
    method, number = engine.eval(f"return KSR.pv.get('$(rm{{s.{op}}})'), KSR.pv.geti('$(rm{{s.{op}}})')", message=request(method="INVITE"))
    assert (type(method), number) == (str, 1)
    assert engine.eval(f"return KSR.pv.get('$(rm{{s.{op}}}{{s.int}})')", message=request(method="INVITE")) == (1,)


@pytest.mark.parametrize("op", ["s.stripto,V", "s.toupper", "s.replace,x,y", "s.substr,0,3", "s.strip,1"])
def test_others_take_it_away(script, op):
    assert script().eval(f"return KSR.pv.geti('$(rm{{{op}}})')", message=request(method="INVITE")) == (0,)
