"""The one HTTP stack: the main app through a pool, hosts that somebody else named through a look at their address first."""
