// When room is short, pods of a higher priority evict pods of a lower one.
{
  P0: { priority: 1000000, priorityClass: 'tier-p0' },
  P1: { priority: 100000, priorityClass: 'tier-p1' },
  P2: { priority: 10000, priorityClass: 'tier-p2' },
}
