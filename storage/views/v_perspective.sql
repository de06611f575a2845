SELECT
    t.id AS theme_id,
    t.label_fr,
    t.label_en,
    t.origin,
    t.born_on,
    o.first_day,
    o.stories,
    g.day AS signal_day,
    g.state,
    g.decided_by,
    g.stage,
    CAST(JSON_EXTRACT(g.evidence, '$.long_run.since') AS TEXT) AS rising_since,
    CAST(JSON_EXTRACT(g.evidence, '$.long_run.months') AS INTEGER) AS months,
    CAST(JSON_EXTRACT(g.evidence, '$.long_run.per_year') AS DOUBLE PRECISION) AS growth_per_year,
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
FROM themes AS t
JOIN (SELECT theme_id, MAX(day) AS day FROM signals GROUP BY theme_id) AS newest ON newest.theme_id = t.id
JOIN signals AS g ON g.theme_id = newest.theme_id AND g.day = newest.day
LEFT JOIN (SELECT theme_id, MIN(day) AS first_day, SUM(stories) AS stories FROM observations GROUP BY theme_id) AS o ON o.theme_id = t.id
WHERE t.retired_on IS NULL AND g.state IN ('trend', 'transition')
