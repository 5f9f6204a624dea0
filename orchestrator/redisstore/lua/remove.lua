-- Gives back all seats of a conversation and its place in any line.
--
-- ARGV  1 conversation  2 now
-- Returns 1.
local conversation, now = ARGV[1], ARGV[2]
assert(#ARGV == 2 and tonumber(now), 'arguments')
for _, s in ipairs(seatsOf(conversation)) do givenBack(conversation, s, now) end
keepSeats(conversation, {})
redis.call('HDEL', kept, conversation)
leaveLine(conversation)
return 1
