-- Gives back one agent's seat for a conversation.
--
-- ARGV  1 conversation  2 agent  3 now
-- Returns 1, or 0 when there was none.
local conversation, agent, now = ARGV[1], ARGV[2], ARGV[3]
assert(#ARGV == 3 and tonumber(now), 'arguments')
local list = seatsOf(conversation)
local seat, at = seatOf(list, agent)
if not seat then return 0 end
givenBack(conversation, seat, now)
table.remove(list, at)
if seat.fromLine then redis.call('HDEL', kept, conversation) end
keepSeats(conversation, list)
return 1
