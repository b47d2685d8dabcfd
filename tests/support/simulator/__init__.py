"""A deterministic simulator: real engines and real MLS, a virtual clock, one seed for everything that goes wrong.

`plan` draws what people do and what goes wrong; `simulation` lets it happen, with `wishes` and `faults`; `checks`
judges the end; `shrink` finds the shortest list of faults that still fails; `mutants` are bugs that it must notice.
`python -m simulator --seeds n --first k` runs n plans.
"""
