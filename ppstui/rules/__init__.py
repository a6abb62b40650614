"""The rule book of DOMAIN.md as pure functions: no clock is read, nothing is fetched, nothing is rendered.

`titles` and `names` read and write the grammars (§4), `answers` finds acknowledgement lines in mail (§4.2), `clocks`
counts working days (§3), `rollouts` answers what stage a rollout is in, what needs attention and whose move it is,
`commands` says what a command would do, what stands against it, and what takes it back.
"""
