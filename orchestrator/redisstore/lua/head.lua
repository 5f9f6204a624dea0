-- Answers the first command of a lane and renews the lease, or drops the lease of an empty lane.
--
-- KEYS  1 conversation  2 lane  3 leases
-- ARGV  1 lane's name  2 member of leases  3 node  4 end of the lease
-- Returns the command, nil when the lane is empty, -1 when the node does not hold the lease.
local leaseEnd = ARGV[4]
assert(#ARGV == 4 and tonumber(leaseEnd), 'arguments')
if not holds() then return notLeased end
return following(redis.call('LINDEX', queue, 0), leaseEnd)
