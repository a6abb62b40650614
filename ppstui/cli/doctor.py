"""`ppstui doctor`: is everything here as ppstui needs it, and if not, what to do.

    look_around(env: Mapping[str, str], out: TextIO) -> Surroundings            the terminal, the programs, the clock
    doctor(loaded: Loaded, paths: Paths, around: Surroundings, secret: Callable[[str], str],
           open_backend: Callable[[BackendTable], Backend], out: TextIO, *, as_json=False, limit=10.0) -> int
                                                                                0, or 1 when a line failed
"""
