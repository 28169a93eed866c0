"""KSR.tm.t_load_contacts and its kin: places of one q together, those of the next lower one when they have failed."""

from __future__ import annotations

from collections import Counter

import pytest
from builders import answer, first_line, invite
from harness import logged, sent

PARAMS = {"contacts_avp": "todo", "contact_flows_avp": "flows", "fr_timer": 500, "retr_timer1": 4000}
SCRIPT = """
local function place(uri, q, fields)
    if q then KSR.pv.seti("$sbranch(q)", q) end
    KSR.pv.sets("$sbranch(uri)", uri)
    for name, value in pairs(fields) do KSR.pv.sets("$sbranch(" .. name .. ")", value) end
    KSR.pvx.sbranch_append()
    KSR.pvx.sbranch_reset()
end
function ksr_request_route()
    {places}
    KSR.info("load " .. KSR.tm.t_load_contacts())
    {loaded}
    KSR.info("next " .. KSR.tm.t_next_contacts())
    KSR.tm.t_on_failure("failed")
    KSR.tm.t_on_branch_failure("flow")
    KSR.tm.t_relay()
end
function failed()
    local result = KSR.tm.t_next_contacts()
    KSR.info("next " .. result)
    KSR.tm.t_on_failure("failed")
    KSR.tm.t_on_branch_failure("flow")
    if result > 0 then KSR.tm.t_relay() end
end
function flow()
    {flow}
end
"""


@pytest.fixture
def engine(script):
    def engine(places="", *, loaded="", flow="", **params):
        text = SCRIPT.replace("{places}", places).replace("{loaded}", loaded).replace("{flow}", flow)
        return script(text, modparams={"tm": {**PARAMS, **params}})

    return engine


def invites(effects):
    return [data for data in sent(effects) if data.startswith(b"INVITE")]


def users(effects):
    """The user of each Request-URI, of one letter."""
    return "".join(first_line(data).split()[1][4] for data in invites(effects))


@pytest.fixture
def steps(engine):
    """`steps(places)`: who is tried together, step by step, nobody answering."""

    def steps(places, **more):
        one = engine(places, **more)
        found = [users(one.receive(invite("sip:r@203.0.113.1")))]
        while found[-1]:
            found.append(users(one.handle_timer(one.clock.advance(0.6))))
        return found[:-1]

    return steps


def place(name, q=None, **fields):
    table = ", ".join(f"{key} = '{value}'" for key, value in fields.items())
    return f"place('sip:{name}@203.0.113.2', {'nil' if q is None else q}, {{{table}}}) "


@pytest.mark.parametrize(
    ("places", "order"),
    [
        (place("b", 1000) + place("c", 500), ["b", "c", "r"]),
        (place("b", 500) + place("c", 1000), ["c", "b", "r"]),
        (place("b", 500) + place("c", 500), ["cb", "r"]),
        (place("b", 500) + place("c", 700) + place("d", 500) + place("e", 700), ["ec", "db", "r"]),
        (place("b", -1) + place("c", -1), ["cbr"]),
        (place("b", 0), ["b", "r"]),
    ],
)
def test_q_after_q(steps, places, order):
    assert steps(places) == order


def test_later_contact_with_a_path_comes_behind_its_equals(steps):
    places = place("b", 500) + place("c", 500, path="<sip:203.0.113.3;lr>") + place("d", 500)
    assert steps(places) == ["dbc", "r"]


def test_one_place_is_left_alone(engine):
    effects = engine().receive(invite("sip:r@203.0.113.1"))
    assert logged(effects)[:2] == ["load 1", "next -2"]
    assert users(effects) == "r"


def test_records_are_seen_by_the_script(script):
    text = """
    function ksr_request_route()
        KSR.corex.append_branch_uri_q("sip:b@h", "0.5")
        KSR.pv.sets("$du", "sip:203.0.113.9")
        KSR.setbflag(2)
        KSR.tm.t_load_contacts()
        for _, name in ipairs({"uri", "dst_uri", "flags", "q_flag", "path"}) do
            KSR.info(name .. " " .. tostring(KSR.pv.get("$xavp(todo[0]=>" .. name .. ")"))
                .. " " .. tostring(KSR.pv.get("$xavp(todo[1]=>" .. name .. ")")))
        end
        KSR.info("left " .. tostring(KSR.pv.get("$branch(count)")))
    end
    """
    engine = script(text, modparams={"tm": PARAMS})
    assert logged(engine.receive(invite("sip:r@h")))[:6] == [
        "uri sip:b@h sip:r@h",
        "dst_uri nil sip:203.0.113.9",
        "flags 0 4",
        "q_flag 4 0",
        "path nil nil",
        "left nil",
    ]


def test_all_of_a_place_comes_back(script):
    text = """
    function ksr_request_route()
        local function show(name) KSR.info(name .. " " .. tostring(KSR.pv.get(name))) end
        KSR.corex.append_branch_uri_q("sip:b@h", "0.5")
        KSR.tm.t_load_contacts()
        local fields = {dst_uri = "sip:203.0.113.7", path = "<sip:203.0.113.3;lr>", ruid = "r-1", ua = "UA", sock = "udp:192.0.2.1:5060"}
        for name, value in pairs(fields) do KSR.pv.sets("$xavp(todo[0]=>" .. name .. ")", value) end
        KSR.pv.seti("$xavp(todo[0]=>flags)", 5)
        KSR.tm.t_next_contacts()
        for _, name in ipairs({"$ru", "$du", "$ruid", "$location_ua", "$fs", "$bf"}) do show(name) end
        KSR.tm.t_relay()
    end
    """
    engine = script(text, modparams={"tm": PARAMS})
    effects = engine.receive(invite("sip:r@203.0.113.1"))
    assert logged(effects)[:6] == [
        "$ru sip:b@h",
        "$du sip:203.0.113.7",
        "$ruid r-1",
        "$location_ua UA",
        "$fs udp:192.0.2.1:5060",
        "$bf 5",
    ]
    (data,) = invites(effects)
    assert b"Route: <sip:203.0.113.3;lr>\r\n" in data


def test_next_step_forgets_the_destination_of_the_last_one(script):
    text = """
    function ksr_request_route()
        KSR.corex.append_branch_uri_q("sip:b@h", "0.5")
        KSR.pv.sets("$du", "sip:203.0.113.9")
        KSR.tm.t_load_contacts()
        for _ = 1, 3 do
            KSR.info(KSR.tm.t_next_contacts() .. " " .. KSR.pv.get("$ru") .. " " .. tostring(KSR.pv.get("$du")))
        end
    end
    """
    engine = script(text, modparams={"tm": PARAMS})
    assert logged(engine.receive(invite("sip:r@h")))[:3] == [
        "1 sip:b@h nil",
        "1 sip:r@h sip:203.0.113.9",
        "-2 sip:r@h sip:203.0.113.9",
    ]


def test_share_of_each_follows_its_q(script):
    text = """
    function ksr_request_route()
        for n = 1, 300 do
            KSR.pv.unset("$xavp(todo)")
            KSR.seturi("sip:z@h")
            KSR.corex.append_branch_uri_q("sip:a@h", "0.75")
            KSR.corex.append_branch_uri_q("sip:b@h", "0.25")
            KSR.corex.append_branch_uri_q("sip:y@h", "0")
            KSR.tm.ki_t_load_contacts_mode(1)
            local order = ""
            while KSR.tm.t_next_contacts() > 0 do
                order = order .. KSR.pv.get("$rU")
                if KSR.pv.get("$branch(count)") then KSR.info("together") end
            end
            KSR.info(order)
        end
    end
    """
    engine = script(text, modparams={"tm": PARAMS})
    found = Counter(logged(engine.receive(invite("sip:z@h")))[:300])
    assert found.keys() == {"abzy", "bazy"}
    assert 190 < found["abzy"] < 260


# d, c and b in that order; c and b are the same instance
FLOWS = place("b", 900) + place("c", 900) + place("d", 900)
INSTANCES = "for n, name in ipairs({'j', 'i', 'i'}) do KSR.pv.sets('$xavp(todo[' .. n - 1 .. ']=>instance)', name) end"

REARMED = "KSR.info('flow ' .. KSR.tm.t_next_contact_flow()) KSR.tm.t_on_branch_failure('flow') KSR.tm.t_relay()"


def test_second_flow_to_an_instance_waits_for_the_first(engine):
    one = engine(FLOWS, loaded=INSTANCES, flow=REARMED)
    effects = one.receive(invite("sip:r@203.0.113.1"))
    assert users(effects) == "dc"
    to_d, to_c = invites(effects)
    effects = one.receive(answer(to_c, 480, "Gone"))
    assert (users(effects), logged(effects)) == ("b", ["flow 1"])
    (to_b,) = invites(effects)
    assert logged(one.receive(answer(to_b, 480, "Gone"))) == ["flow -2"]
    effects = one.receive(answer(to_d, 480, "Gone"))
    assert (users(effects), logged(effects)) == ("r", ["flow -2", "next 1"])


def test_flow_of_another_instance_is_not_for_this_one(engine):
    one = engine(FLOWS, loaded=INSTANCES, flow="KSR.info('flow ' .. KSR.tm.t_next_contact_flow())")
    to_d, _ = invites(one.receive(invite("sip:r@203.0.113.1")))
    assert logged(one.receive(answer(to_d, 480, "Gone"))) == ["flow -1"]


def test_flows_are_for_branch_failure_routes(script):
    engine = script("function ksr_request_route() KSR.info('r ' .. KSR.tm.t_next_contact_flow()) end", modparams={"tm": PARAMS})
    assert logged(engine.receive(invite()))[0] == "r -1"


@pytest.mark.parametrize("params", [{}, {"contacts_avp": "todo"}])
def test_both_variables_have_to_be_named(script, params):
    text = "function ksr_request_route() KSR.corex.append_branch_uri('sip:b@h') KSR.info('r ' .. KSR.tm.t_load_contacts()) end"
    assert "r -1" in logged(script(text, modparams={"tm": params}).receive(invite()))


@pytest.mark.parametrize(
    ("variable", "result"),
    [
        ("KSR.pv.sets('$xavp(todo)', 'x')", -3),
        ("KSR.pv.sets('$xavp(todo=>uri)', 'sip:a@h') KSR.pv.sets('$xavp(todo[0]=>sock)', 'udp:203.0.113.1:9')", -1),
        ("KSR.pv.sets('$xavp(todo=>uri)', 'sip:a@h') KSR.pv.sets('$xavp(todo[0]=>path)', '<sip:h>\\r\\nX: 1')", -1),
        ("KSR.pv.sets('$xavp(todo=>ruid)', 'r')", -1),
        ("", -2),
    ],
)
def test_variable_that_holds_something_else(script, variable, result):
    engine = script(f"function ksr_request_route() {variable} KSR.info('r ' .. KSR.tm.t_next_contacts()) end", modparams={"tm": PARAMS})
    assert f"r {result}" in logged(engine.receive(invite()))
