"""A run is tried again however many workers it has killed."""

from headway.acts import finish, places

finish.POISON_LIMIT = places.POISON_LIMIT * 1_000
