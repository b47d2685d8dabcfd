"""A deterministic simulator: real engines and real MLS, a virtual clock, one seed for everything that goes wrong.

`plan` is what people do and what goes wrong, `planners` and `families` draw it; `simulation` lets it happen, with
`wishes` and `faults`; `checks` and `account_checks` judge the end; `shrink` finds the shortest list of faults that
still fails; `mutants` are bugs that it must notice.
`python -m simulator --seeds n --first k` runs n plans.
"""
