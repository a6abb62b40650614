"""The rule book of DOMAIN.md as pure functions: no clock is read, nothing is fetched, nothing is rendered.

`titles` and `names` read and write the grammars (§4), `answers` finds acknowledgement lines in mail (§4.2), `clocks`
counts working days (§3), `rollouts` answers what stage a rollout is in, what needs attention and whose move it is,
`commands` says what a command would do, what stands against it, and what takes it back.

`pilots` does all this for previews (§5). `effort` counts what they cost (§6), `registry` holds who committed to what,
`vacancies` finds what nobody tests (§9), `health` tells how well teams answer, `meetings` when people meet (§7), and
`duties` what is to be done now (§10). `bulletin` gathers what there is to tell, and helps to write it (§8).
"""
