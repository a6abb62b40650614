"""Configuration: the schema, the strict reader, paths and secrets.

    paths.find_paths(env, home, config=None) -> Paths          every file and folder in use; `config` is --config
    read.read_config(path, env, find_plugin, known=Known(), flags={}) -> Loaded
                                     path None: PPSTUI_CONFIG, then the XDG place; nothing there: the embedded default
                                     never raises for what stands in the file: `Loaded.problems` says all of it
    Loaded: config, backends, problems, fatal (those that concern more than one backend), file (None: there is none),
            origins (key path -> Origin)
    Known(types, actions, themes, where, country)              what only other floors know: names to check against
    secrets.Vault(env, base).resolve(reference) -> str         for Toolbox.secret; raises ConfigError, shows no secret
    policy.make_policy(config, holidays, today) -> Policy      `holidays` is HolidayBook.at_hand before the first
                                                               paint, and HolidayBook.days after it if `.missing`
    state.read_state(file) -> (State, sentence); state.write_state(file, state)
"""
