-- Loops that time themselves: seconds for n calls. What is called stands in the loop as a script would write it.

local clock = os.clock

bare = { pv = {} }

-- Closures of the yardstick that answer what KSR answers on this message, reached over as many tables.
function prepare()
    bare.flag = yardstick.flag(KSR.is_INVITE())
    bare.pv.get = yardstick.text(KSR.pv.get("$ru"))
end

function ksr_is_invite(n)
    local start = clock()
    for _ = 1, n do KSR.is_INVITE() end
    return clock() - start
end

function bare_is_invite(n)
    local start = clock()
    for _ = 1, n do bare.flag() end
    return clock() - start
end

function ksr_pv_get(n)
    local start = clock()
    for _ = 1, n do KSR.pv.get("$ru") end
    return clock() - start
end

function bare_pv_get(n)
    local start = clock()
    for _ = 1, n do bare.pv.get("$ru") end
    return clock() - start
end

function ksr_kx_get_ruri(n)
    local start = clock()
    for _ = 1, n do KSR.kx.get_ruri() end
    return clock() - start
end

function bare_kx_get_ruri(n)
    local start = clock()
    for _ = 1, n do bare.pv.get() end
    return clock() - start
end

-- Through a local, as the loop that lupa runs has it; run by lua_run, which passes text and drops results.
function export_number(n)
    local number = KSR.bench.number
    local start = clock()
    for _ = 1, tonumber(n) do number("alice") end
    elapsed = clock() - start
end

function export_text(n)
    local text = KSR.bench.text
    local start = clock()
    for _ = 1, tonumber(n) do text("alice") end
    elapsed = clock() - start
end

function export_table(n)
    local table = KSR.bench.table
    local start = clock()
    for _ = 1, tonumber(n) do table("alice") end
    elapsed = clock() - start
end

function route(number)
    return number
end
