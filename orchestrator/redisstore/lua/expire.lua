-- Takes back reservations that ran out; a conversation that was reserved from the line gets its place again. Held places that
-- ran out go as well: whoever held them has died.
--
-- ARGV  1 now  2 at most how many
-- Returns for each reservation conversation, agent, since, until, one after the other.
local now, limit = ARGV[1], ARGV[2]
assert(#ARGV == 2 and tonumber(now) and tonumber(limit), 'arguments')
local holds = redis.call('HGETALL', held)
for i = 1, #holds, 2 do
  if tonumber(string.match(holds[i + 1], '^(%d+)|')) < tonumber(now) then leaveLine(holds[i]) end
end
local expired = {}
for _, member in ipairs(redis.call('ZRANGEBYSCORE', rings, '-inf', '(' .. now, 'LIMIT', 0, limit)) do
  local at = string.find(member, US, 1, true)
  local conversation, agent = string.sub(member, 1, at - 1), string.sub(member, at + 1)
  local list = seatsOf(conversation)
  local seat, place = seatOf(list, agent)
  redis.call('ZREM', rings, member)
  if seat and seat.kind == 'ringing' then
    givenBack(conversation, seat, now)
    table.remove(list, place)
    keepSeats(conversation, list)
    if seat.fromLine then
      local had = redis.call('HGET', kept, conversation)
      redis.call('HDEL', kept, conversation)
      if had and redis.call('HEXISTS', places, conversation) == 0 then joinLine(conversation, had) end
    end
    for _, value in ipairs({ conversation, agent, seat.since, seat.untilWhen }) do expired[#expired + 1] = value end
  end
end
return expired
