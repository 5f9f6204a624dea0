-- Takes a lane whose lease ran out, or whose holder is dead.
--
-- KEYS  1 conversation  2 lane  3 leases
-- ARGV  1 lane's name  2 member of leases  3 node  4 end of the lease  5 now  6 a node that is dead, or nothing
-- Returns 1, or 0 when somebody was faster or the lane is gone. What is left of a long forgotten conversation is
-- removed here.
local leaseEnd, now, dead = ARGV[4], tonumber(ARGV[5]), ARGV[6]
assert(#ARGV == 6 and tonumber(leaseEnd) and now, 'arguments')
local untilWhen, owner = lease(field)
if not owner then
  redis.call('ZREM', leases, member)
  if redis.call('EXISTS', conversation) == 0 then redis.call('DEL', queue) end
  return 0
end
if owner ~= '' and owner ~= dead and untilWhen >= now then return 0 end
hold(leaseEnd)
return 1
