"""The SQL catalogue: songs, features, vectors, jobs and analyses, in records and out in records.

`store.Catalog` is the one door. SQL is the truth: whatever a vector index holds can be refilled from
here. Import the module that you need: nothing heavy is loaded here.
"""
