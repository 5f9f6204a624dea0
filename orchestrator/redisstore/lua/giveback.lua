-- Takes a held place back, if it is still held by this hold.
--
-- ARGV  1 conversation  2 token
-- Returns 1, or 0 when it is not.
local conversation, token = ARGV[1], ARGV[2]
assert(#ARGV == 2, 'arguments')
local hold = redis.call('HGET', held, conversation)
if not hold or string.match(hold, '^%d+|(.*)$') ~= token then return 0 end
leaveLine(conversation)
return 1
