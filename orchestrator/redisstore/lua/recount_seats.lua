-- Mends what is counted and indexed of the seats.
--
-- Returns how many entries were wrong.
assert(#ARGV == 0, 'arguments')
return recounted()
