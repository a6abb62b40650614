"""Configuration: the schema, the strict reader, paths, secrets, and what the dashboard remembers.

- `paths.find_paths(env, home, config=None) -> Paths`: every file and folder in use; `config` is --config.
- `read.read_config(path, env, find_plugin, known=None, *, flags=None) -> Loaded`: with path None, PPSTUI_CONFIG and
  then the XDG place; nothing there, the embedded default. It never raises for what stands in the file.
- `Loaded`: `config`, `backends` (`options=None`: disabled by a problem), `problems`, `fatal` (those that concern more
  than one backend), `file` (None: there is none), `origin(key path)`.
- `Known(types, actions, themes, where, sort, country, target, target_types)`: what only other floors know, for checking
  names against; without `target` what targets say for themselves is not read.
- `secrets.Vault(env, folder).resolve(reference) -> str`, for Toolbox.secret; raises ConfigError, shows no secret.
- `policy.make_policy(config, holidays, today) -> Policy`: `holidays` is `HolidayBook.at_hand` before the first paint
  and, if that left it `.missing`, `HolidayBook.days` after it.
- `state.read_state(file) -> (State, sentence)` and `state.write_state(file, state)`.
"""
