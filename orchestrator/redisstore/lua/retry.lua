-- Writes the first command of a lane anew, with how it went so far, and keeps the lease.
--
-- KEYS  1 conversation  2 lane  3 leases
-- ARGV  1 lane's name  2 member of leases  3 node  4 end of the lease  5 relative id  6 command
-- Returns 1, or -1 when the node does not hold the lease or another command is the first.
local leaseEnd, id, command = ARGV[4], ARGV[5], ARGV[6]
assert(#ARGV == 6 and tonumber(leaseEnd), 'arguments')
if not holds() then return notLeased end
local first = redis.call('LINDEX', queue, 0)
if not first or not is(first, id) then return notLeased end
redis.call('LSET', queue, 0, command)
hold(leaseEnd)
return 1
