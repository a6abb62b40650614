"""`ppstui config init`: a guided first run that writes a new, commented configuration.

    Talk(out, ask=input, ask_secret=getpass.getpass, person=sys.stdin.isatty())     how to talk to whoever is there
    init(file: Path, talk: Talk, plugins: Mapping[str, Plugin],
         open_backend: Callable[[BackendTable, Callable[[str], str]], Backend], env, *, yes=False) -> int
                                     `open_backend` takes the entry just described and a resolver for its secrets
                                     0 written; 3 the file exists or cannot be written; 7 given up
"""
