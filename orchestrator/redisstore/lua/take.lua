-- Makes a seat the conversation's own and takes the conversation out of the line.
--
-- ARGV  1 conversation  2 agent  3 kind  4 now
-- Returns 1.
local conversation, agent, kind, now = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
assert(#ARGV == 4 and tonumber(now) and (kind == 'owner' or kind == 'guest' or kind == 'wrap_up'), 'arguments')
assert(not string.find(conversation .. agent, '[\30\31]'), 'names')

local before = seatsOf(conversation)
local queue = servedFrom(conversation, before)
leaveLine(conversation)
redis.call('HDEL', kept, conversation)
local list = {}
for _, s in ipairs(before) do
  if kind == 'owner' and s.agent ~= agent and s.kind ~= 'guest' then
    givenBack(conversation, s, now)
  else
    s.fromLine = false
    list[#list + 1] = s
  end
end
local seat = seatOf(list, agent)
if not seat then
  seat = { agent = agent, kind = kind, since = now, owned = '0' }
  list[#list + 1] = seat
  taken(conversation, agent, now)
elseif seat.kind ~= kind then
  if seat.kind == 'ringing' then redis.call('ZREM', rings, conversation .. US .. agent) end
  seat.kind, seat.since = kind, now
  stirred(agent, now)
end
if seat.queue == nil or seat.queue == '' then seat.queue = queue end
if kind == 'owner' and seat.owned == '0' then seat.owned = now end
seat.untilWhen = '0'
keepSeats(conversation, list)
return 1
