"""`ppstui config check | schema | blame | paths`; `config init` is in `init`.

    check(loaded: Loaded, out: TextIO, err: TextIO) -> int                      0, or 3 when there is any problem
    schema(options: Mapping[str, type[Struct]], out: TextIO) -> int             plug-in types and their `Options`
    blame(loaded: Loaded, out: TextIO) -> int                                   where each value comes from
    show_paths(paths: Paths, out: TextIO) -> int                                every path in use
"""
