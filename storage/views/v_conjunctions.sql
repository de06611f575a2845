SELECT
    t.id AS theme_id,
    t.label_fr,
    t.label_en,
    t.parent_id AS technology_id,
    p.label_fr AS technology_fr,
    p.label_en AS technology_en,
    CASE WHEN SUBSTR(t.partner, 1, 6) = 'theme:' THEN 'theme' ELSE 'domain' END AS partner_is,
    CASE WHEN SUBSTR(t.partner, 1, 6) = 'theme:' THEN NULL ELSE t.partner END AS domain,
    q.id AS partner_id,
    q.label_fr AS partner_fr,
    q.label_en AS partner_en,
    t.born_on,
    t.retired_on,
    COALESCE(o.stories, 0) AS stories,
    o.first_day,
    o.last_day,
    g.day AS signal_day,
    g.state,
    g.decided_by,
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
LEFT JOIN themes AS q ON t.partner = 'theme:' || q.id
LEFT JOIN (
    SELECT theme_id, SUM(stories) AS stories, MIN(day) AS first_day, MAX(day) AS last_day
    FROM observations
    GROUP BY theme_id
) AS o ON o.theme_id = t.id
LEFT JOIN (SELECT theme_id, MAX(day) AS day FROM signals GROUP BY theme_id) AS newest ON newest.theme_id = t.id
LEFT JOIN signals AS g ON g.theme_id = newest.theme_id AND g.day = newest.day
WHERE t.origin = 'conjunction'
