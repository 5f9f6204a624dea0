-- Forgets which conversation a desk's handle means, if it means this one.
--
-- KEYS  1 binding
-- ARGV  1 conversation
-- Returns 1 when the handle means no conversation any more, 0 when it means another one.
local binding, id = KEYS[1], ARGV[1]
assert(#KEYS == 1 and #ARGV == 1, 'arguments')
local bound = redis.call('GET', binding)
if bound and bound ~= id then return 0 end
redis.call('DEL', binding)
return 1
