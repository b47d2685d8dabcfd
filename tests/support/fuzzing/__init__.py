"""Valid inputs of every kind, spoiled by a seeded draw and fed to the product.

Whatever comes in, the answer is a result or a typed error, and the group that it was meant for goes on.
"""
