SELECT
    t.id AS theme_id,
    t.origin,
    t.label_fr,
    t.label_en,
    CASE WHEN t.label_pinned THEN 1 ELSE 0 END AS label_pinned,
    t.level,
    t.parent_id,
    t.partner,
    t.merged_into,
    t.born_on,
    t.retired_on,
    COALESCE(o.stories, 0) AS stories,
    COALESCE(o.documents, 0) AS documents,
    o.first_day,
    o.last_day,
    g.day AS signal_day,
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
    g.buzz
FROM themes AS t
LEFT JOIN (
    SELECT theme_id, SUM(stories) AS stories, SUM(documents) AS documents, MIN(day) AS first_day, MAX(day) AS last_day
    FROM observations
    GROUP BY theme_id
) AS o ON o.theme_id = t.id
LEFT JOIN (SELECT theme_id, MAX(day) AS day FROM signals GROUP BY theme_id) AS newest ON newest.theme_id = t.id
LEFT JOIN signals AS g ON g.theme_id = newest.theme_id AND g.day = newest.day
