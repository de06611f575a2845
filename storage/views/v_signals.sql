SELECT
    g.theme_id,
    t.label_fr,
    t.label_en,
    t.origin,
    g.day,
    g.state,
    g.decided_by,
    g.stage,
    g.score,
    g.threshold,
    g.lift,
    g.observed,
    g.expected,
    g.sources,
    g.falling,
    g.buzz,
    g.reason_fr,
    g.reason_en,
    CAST(g.evidence AS TEXT) AS evidence_json
FROM signals AS g
JOIN themes AS t ON t.id = g.theme_id
