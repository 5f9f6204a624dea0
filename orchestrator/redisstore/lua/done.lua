-- Takes the first command off a lane, if it has the given id, and answers the next as head does. Repeating it is
-- harmless: another command is then the first, or the lease was dropped with the last.
--
-- KEYS  1 conversation  2 lane  3 leases
-- ARGV  1 lane's name  2 member of leases  3 node  4 end of the lease  5 relative id
-- Returns the next command, nil when there is none, -1 when the node does not hold the lease.
local leaseEnd, id = ARGV[4], ARGV[5]
assert(#ARGV == 5 and tonumber(leaseEnd), 'arguments')
if not holds() then return notLeased end
local first = redis.call('LRANGE', queue, 0, 1)
if first[1] and is(first[1], id) then
  redis.call('LPOP', queue)
  return following(first[2], leaseEnd)
end
return following(first[1], leaseEnd)
