"""How long the tests' clients wait for the stand-ins."""

from clients.tmdb import Patience

# What TMDB does not give at the first try is the tests' subject, not how long a busy machine takes for it.
ONCE = Patience(tries=1, total=20, attempt=10, first_delay=0.001)
