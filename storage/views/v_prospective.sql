SELECT
    p.theme_id,
    p.label_fr,
    p.label_en,
    p.origin,
    p.born_on,
    p.signal_day,
    p.state,
    p.decided_by,
    p.stage,
    RANK() OVER (ORDER BY p.surprise_rank + p.scarcity_rank) AS place,
    p.surprise,
    p.surprise_rank,
    p.scarcity_rank,
    p.score,
    p.threshold,
    p.lift,
    p.observed,
    p.expected,
    p.sources,
    p.falling,
    p.buzz,
    p.reason_fr,
    p.reason_en
FROM (
    SELECT
        s.*,
        RANK() OVER (ORDER BY s.surprise DESC) AS surprise_rank,
        RANK() OVER (ORDER BY s.observed, s.sources) AS scarcity_rank
    FROM (
        SELECT
            t.id AS theme_id,
            t.label_fr,
            t.label_en,
            t.origin,
            t.born_on,
            g.day AS signal_day,
            g.state,
            g.decided_by,
            g.stage,
            CASE WHEN g.threshold > 0 THEN g.score / g.threshold ELSE 0 END AS surprise,
            g.score,
            g.threshold,
            g.lift,
            g.observed,
            g.expected,
            g.sources,
            g.falling,
            g.buzz,
            g.reason_fr,
            g.reason_en
        FROM themes AS t
        JOIN (SELECT theme_id, MAX(day) AS day FROM signals GROUP BY theme_id) AS newest ON newest.theme_id = t.id
        JOIN signals AS g ON g.theme_id = newest.theme_id AND g.day = newest.day
        WHERE t.retired_on IS NULL AND g.state IN ('weak_signal', 'rupture')
    ) AS s
) AS p
