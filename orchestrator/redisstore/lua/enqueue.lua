-- Gives a conversation its place in a line, in place of any place or seat it had.
--
-- ARGV  1 conversation  2 place  3 now
-- Returns 1.
local conversation, place, now = ARGV[1], ARGV[2], ARGV[3]
assert(#ARGV == 3 and tonumber(now) and string.find(place, '^[^\30\31]+\31[^\30\31]+\31[^\30\31]+\30'), 'arguments')
for _, s in ipairs(seatsOf(conversation)) do givenBack(conversation, s, now) end
keepSeats(conversation, {})
redis.call('HDEL', kept, conversation)
leaveLine(conversation)
joinLine(conversation, place)
return 1
