SELECT
    t.id AS theme_id,
    t.label_fr,
    t.label_en,
    t.parent_id AS technology_id,
    p.label_fr AS technology_fr,
    p.label_en AS technology_en,
    t.partner AS domain,
    t.born_on,
    t.retired_on,
    g.day AS signal_day,
    g.state,
    g.score,
    g.threshold,
    g.lift,
    g.observed,
    g.expected,
    g.sources,
    g.reason_fr,
    g.reason_en
FROM themes AS t
LEFT JOIN themes AS p ON p.id = t.parent_id
LEFT JOIN (SELECT theme_id, MAX(day) AS day FROM signals GROUP BY theme_id) AS newest ON newest.theme_id = t.id
LEFT JOIN signals AS g ON g.theme_id = newest.theme_id AND g.day = newest.day
WHERE t.origin = 'conjunction'
