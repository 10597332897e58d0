"""A simulator of an OpenAI-compatible endpoint: a process of its own, real HTTP on loopback, and it keeps the books.

    python -m jd_assets_tests.simulator --port 0 --script script.json      # prints its URL

What belongs here: what such an endpoint does that a client must cope with (limits, errors, lost and useless answers,
batches) and what a test needs to judge the client (each request with its time, each charge to the last digit). What
does not: anything of the client under test; only `answers/` knows the project's tasks.

In a test:

    def test_refused_postings_are_quarantined(simulator: Simulator) -> None:
        simulator.script(faults=(Fault(kind="server_error", share=0.01), Fault(kind="refusal", marker="POISON")))
        ...  # ask at simulator.url
        assert spent == simulator.bill().total and rows == len(simulator.requests("/v1/chat/completions"))

    script.py      what a test may ask for: prices, limits, latency, faults
    hits.py        the record of all that came, and what was billed
    server.py      HTTP: from a request to a reply, in the order in which a real endpoint refuses
    chat.py, embeddings.py, batches.py      the endpoints
    answers/       what the model says
    client.py, fixture.py                   the test's side
"""
