"""KSR.uac_redirect: contacts of replies that redirect become branches."""

from __future__ import annotations

import kemilua
import pytest
from builders import answer, first_line, invite
from harness import logged, sent

SCRIPT = """
function ksr_request_route() KSR.tm.t_on_failure("failed") KSR.tm.t_relay() end
function failed()
    KSR.info("result " .. KSR.uac_redirect.{call} .. "\\n")
    for i = 0, (KSR.pv.get("$branch(count)") or 0) - 1 do
        local function of(name) return tostring(KSR.pv.get("$(branch(" .. name .. ")[" .. i .. "])")) end
        KSR.info("branch " .. of("uri") .. " " .. of("q") .. " " .. of("flags") .. " " .. of("ruid") .. "\\n")
    end
    KSR.tm.t_relay()
end
"""


@pytest.fixture
def redirected(script):
    """`redirected(call, *replies, **modparams)`: result, branches as (uri, q, flags), and URIs of the INVITEs sent then; further replies
    are those of the branches that the script appends to the request beforehand."""

    def redirected(call, *replies, **params):
        text = SCRIPT.replace("{call}", call)
        more = "".join(f'KSR.corex.append_branch_uri("sip:{n}@203.0.113.9") ' for n in range(1, len(replies)))
        text = text.replace("KSR.tm.t_on_failure", more + "KSR.tm.t_on_failure", 1)
        engine = script(text, modparams={"uac_redirect": params})
        invites = [data for data in sent(engine.receive(invite("sip:bob@203.0.113.1"))) if data.startswith(b"INVITE")]
        for data, contacts in zip(invites, replies, strict=True):
            code, reason = (302, "Moved Temporarily") if contacts is not None else (486, "Busy Here")
            effects = engine.receive(answer(data, code, reason, [f"Contact: {one}" for one in contacts or []]))
        lines = [line.split() for line in logged(effects)]
        branches = [(uri, int(q), int(flags or 0)) for kind, uri, q, flags, ruid in (line for line in lines if line[0] == "branch")]
        (result,) = [int(line[1]) for line in lines if line[0] == "result"]
        targets = [first_line(data).split()[1] for data in sent(effects) if data.startswith(b"INVITE")]
        return result, branches, targets

    return redirected


FOUR = ["<sip:a@203.0.113.3>;q=0.3, <sip:b@203.0.113.3>;q=0.9", "<sip:c@203.0.113.3>", "<sip:d@203.0.113.3>;q=.5"]


def test_contacts_become_branches_the_lowest_q_first(redirected):
    result, branches, targets = redirected("get_redirects_all()", FOUR)
    assert result == 1
    assert branches == [
        ("sip:c@203.0.113.3", 10, 0),
        ("sip:a@203.0.113.3", 300, 0),
        ("sip:d@203.0.113.3", 500, 0),
        ("sip:b@203.0.113.3", 900, 0),
    ]
    assert targets == ["sip:c@203.0.113.3", "sip:a@203.0.113.3", "sip:d@203.0.113.3", "sip:b@203.0.113.3"]


def test_equal_contacts_stay_in_order(redirected):
    assert redirected("get_redirects_all()", ["<sip:a@203.0.113.3>", "<sip:b@203.0.113.3>, sip:c@203.0.113.3"])[2] == [
        "sip:a@203.0.113.3",
        "sip:b@203.0.113.3",
        "sip:c@203.0.113.3",
    ]


@pytest.mark.parametrize(
    ("limits", "targets"),
    [("0, 0", "cadb"), ("2, 0", "db"), ("0, 2", "db"), ("1, 3", "b"), ("3, 1", "b"), ("9, 9", "cadb")],
)
def test_limit_keeps_the_highest_q(redirected, limits, targets):
    assert redirected(f"get_redirects({limits})", FOUR)[2] == [f"sip:{one}@203.0.113.3" for one in targets]


@pytest.mark.parametrize(("limits", "targets"), [("0, 0", "abcd"), ("3, 0", "abd"), ("0, 1", "bd"), ("1, 1", "b"), ("2, 0", "ab")])
def test_limits_over_two_replies(redirected, limits, targets):
    result, branches, _ = redirected(
        f"get_redirects({limits})",
        ["<sip:a@203.0.113.3>;q=0.1, <sip:b@203.0.113.3>;q=0.2"],
        ["<sip:c@203.0.113.3>;q=0.1, <sip:d@203.0.113.3>;q=0.2"],
    )
    assert (result, [uri for uri, *_ in branches]) == (1, [f"sip:{one}@203.0.113.3" for one in targets])


def test_branch_that_did_not_redirect_adds_nothing(redirected):
    assert redirected("get_redirects_all()", None, ["<sip:c@203.0.113.3>"])[2] == ["sip:c@203.0.113.3"]


@pytest.mark.parametrize("contacts", [[], ["*"], ["<sip:a@203.0.113.3"], ["<sip:a@203.0.113.3>;q=7"], ["<sip:a@203.0.113.3>;q=x"]])
def test_nothing_to_go_to(redirected, contacts):
    assert redirected("get_redirects_all()", contacts) == (-1, [], [])


@pytest.mark.parametrize(
    ("params", "targets"),
    [
        ({"deny_filter": "@203"}, "b"),
        ({"deny_filter": ["@203", "B@"]}, ""),
        ({"deny_filter": ".", "accept_filter": "^SIP:b"}, "b"),
        ({"default_filter": "deny", "accept_filter": ["a@", "c@"]}, "a"),
        ({"default_filter": "deny"}, ""),
        ({"default_filter": "other"}, "ab"),
    ],
)
def test_filters(redirected, params, targets):
    uris = {"a": "sip:a@203.0.113.5", "b": "sip:b@198.51.100.5"}
    found = redirected("get_redirects_all()", [f"<{uri}>" for uri in uris.values()], **params)
    assert found[2] == [uris[one] for one in targets]


@pytest.mark.parametrize(
    ("params", "flags"),
    [({}, [0, 0]), ({"bflags": 4}, [4, 4]), ({"bflags": 4, "flags_hdr_mode": 1}, [3, 4]), ({"bflags": 4, "flags_hdr_mode": 2}, [7, 4])],
)
def test_flags_of_the_branches(redirected, params, flags):
    branches = redirected("get_redirects_all()", ["<sip:a@203.0.113.3>;x=1;flags=3, <sip:b@203.0.113.3>;flags=z"], **params)[1]
    assert [one[2] for one in branches] == flags


def test_q_of_contacts_without_one(redirected):
    assert redirected("get_redirects_all()", ["<sip:a@203.0.113.3>"], q_value=700)[1] == [("sip:a@203.0.113.3", 700, 0)]


def test_sixteen_contacts_of_a_reply_are_looked_at(redirected):
    contacts = [f"<sip:{n}@203.0.113.3>;q=0.{n:02}" for n in range(1, 21)]
    assert len(redirected("get_redirects(0, 4)", contacts)[1]) == 4
    assert redirected("get_redirects(0, 1)", contacts)[2] == ["sip:16@203.0.113.3"]


def test_branches_are_named(script):
    engine = script(SCRIPT.replace("{call}", "get_redirects_all()"))
    (_, first) = sent(engine.receive(invite("sip:bob@203.0.113.1")))
    effects = engine.receive(answer(first, 302, "Moved", ["Contact: <sip:a@203.0.113.3>, <sip:b@203.0.113.3>"]))
    names = [line.split()[-1] for line in logged(effects) if line.startswith("branch")]
    assert len(set(names)) == 2
    assert all(name.startswith("rdir-") for name in names)


def test_accounting_is_not_there_and_says_so(script):
    text = SCRIPT.replace("{call}", "get_redirects_acc(0, 0, 'moved')")
    for function, lines in (("acc_log_request", 1), ("", 0)):
        engine = script(text, modparams={"uac_redirect": {"acc_function": function}})
        (_, first) = sent(engine.receive(invite("sip:bob@203.0.113.1")))
        effects = engine.receive(answer(first, 302, "Moved", ["Contact: <sip:a@203.0.113.3>"]))
        assert first_line(sent(effects)[-1]).startswith("INVITE sip:a@203.0.113.3 ")
        assert len([line for line in logged(effects) if "module acc" in line]) == lines


def test_without_a_transaction(script):
    engine = script("function ksr_request_route() KSR.info('r ' .. KSR.uac_redirect.get_redirects_all()) end")
    assert logged(engine.receive(invite()))[-1] == "r -1"


@pytest.mark.parametrize(
    "params", [{"deny_filter": "("}, {"accept_filter": 1}, {"q_value": 1001}, {"q_value": -1}, {"q_value": "1"}, {"default_filter": 1}]
)
def test_bad_parameters(script, params):
    with pytest.raises(kemilua.ConfigError, match="uac_redirect"):
        script(None, modparams={"uac_redirect": params})
