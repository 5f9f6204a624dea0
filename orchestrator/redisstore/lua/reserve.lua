-- Takes a seat with an agent for a conversation until a moment.
--
-- ARGV  1 conversation  2 agent  3 until  4 "1" from the line  5 "1" whatever capacity and presence are  6 now
-- Returns 1; 0 when there is no seat; -1 when the conversation does not wait.
local conversation, agent, untilWhen = ARGV[1], ARGV[2], ARGV[3]
local fromLine, force, now = ARGV[4] == '1', ARGV[5] == '1', ARGV[6]
local noSeat, notWaiting = 0, -1
assert(#ARGV == 6 and tonumber(untilWhen) and tonumber(now), 'arguments')
assert(not string.find(conversation .. agent, '[\30\31]'), 'names')

local function ready()
  local value = redis.call('HGET', presence, agent)
  if not value then return false end
  local online, capacity, there = string.match(value, '^([01])|(%d+)|(%d+)|')
  local busy = tonumber(redis.call('HGET', load, agent) or '0')
  return online == '1' and tonumber(there) >= tonumber(now) and busy < tonumber(capacity)
end

local list = seatsOf(conversation)
local seat = seatOf(list, agent)
local waits = redis.call('HEXISTS', places, conversation) == 1 and redis.call('HEXISTS', held, conversation) == 0
if fromLine and not waits and not (seat and seat.fromLine) then return notWaiting end
if not seat and not force and not ready() then return noSeat end

if not seat then
  seat = { agent = agent, kind = 'ringing', since = now, owned = '0', queue = servedFrom(conversation, list) }
  list[#list + 1] = seat
  taken(conversation, agent, now)
end
if fromLine and waits then
  redis.call('HSET', kept, conversation, leaveLine(conversation))
  seat.fromLine = true
end
if seat.kind == 'ringing' then
  seat.untilWhen = untilWhen
  redis.call('ZADD', rings, untilWhen, conversation .. US .. agent)
end
keepSeats(conversation, list)
return 1
