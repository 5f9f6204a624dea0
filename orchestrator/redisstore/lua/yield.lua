-- Lets the node's lease of a lane run out.
--
-- KEYS  1 conversation  2 lane  3 leases
-- ARGV  1 lane's name  2 member of leases  3 node  4 moment at which the lease has run out
-- Returns 1, or 0 when the node does not hold it.
local ended = ARGV[4]
assert(#ARGV == 4 and tonumber(ended), 'arguments')
if not holds() then return 0 end
redis.call('HSET', conversation, field, ended .. '|')
redis.call('ZADD', leases, ended, member)
return 1
