-- extend
-- Keeps a lane that the node holds, unless it has it for longer already.
--
-- KEYS  1 conversation  2 lane  3 leases
-- ARGV  1 lane's name  2 member of leases  3 node  4 end of the lease
-- Returns 1, or 0 when the node does not hold it.
local leaseEnd = tonumber(ARGV[4])
assert(#ARGV == 4 and leaseEnd, 'arguments')
local untilWhen, owner = lease(field)
if owner ~= node then return 0 end
if untilWhen < leaseEnd then hold(ARGV[4]) end
return 1
