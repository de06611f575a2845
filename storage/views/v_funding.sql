SELECT
    d.id AS document_id,
    d.source_id,
    s.name AS source_name,
    d.title,
    d.url,
    d.actor,
    d.published_on,
    d.counted_on,
    e.story_id,
    f.matched AS amount_text,
    f.number AS amount,
    f.low AS low,
    f.unit AS currency,
    f.eur AS eur,
    f.role AS role,
    CASE WHEN f.start < 0 THEN 'record' WHEN f.start >= 0 THEN 'text' END AS amount_from,
    p.beneficiary,
    COALESCE(p.beneficiaries, 0) AS beneficiaries,
    p.buyer,
    p.funder,
    p.programme,
    p.round,
    t.departement,
    t.region,
    t.country
FROM documents AS d
JOIN sources AS s ON s.id = d.source_id
LEFT JOIN enrichments AS e ON e.document_id = d.id
LEFT JOIN facts AS f ON f.document_id = d.id AND f.kind = 'amount'
    AND (
        f.start < 0
        OR NOT EXISTS (
            SELECT 1 FROM facts AS o
            WHERE o.document_id = d.id AND o.kind = 'amount' AND o.start < 0 AND o.role = 'stated'
        )
    )
LEFT JOIN (
    SELECT
        n.document_id,
        MAX(CASE WHEN n.kind = 'organisation' AND n.place_of_role = 1 AND n.as_what = 'beneficiary' THEN n.value END) AS beneficiary,
        COUNT(DISTINCT CASE WHEN n.kind = 'organisation' AND n.as_what = 'beneficiary' THEN n.actor END) AS beneficiaries,
        MAX(CASE WHEN n.kind = 'organisation' AND n.place_of_role = 1 AND n.as_what = 'buyer' THEN n.value END) AS buyer,
        MAX(CASE WHEN n.kind = 'organisation' AND n.place_of_role = 1 AND n.as_what = 'funder' THEN n.value END) AS funder,
        MAX(CASE WHEN n.kind = 'programme' AND n.place_of_role = 1 THEN n.value END) AS programme,
        MAX(CASE WHEN n.kind = 'round' AND n.place_of_role = 1 THEN n.value END) AS round
    FROM (
        SELECT
            m.document_id,
            m.kind,
            m.value,
            m.actor,
            m.as_what,
            ROW_NUMBER() OVER (PARTITION BY m.document_id, m.kind, m.as_what ORDER BY ABS(m.start), m.value) AS place_of_role
        FROM (
            SELECT
                o.document_id,
                o.kind,
                o.value,
                o.actor,
                o.start,
                CASE
                    WHEN o.kind <> 'organisation' THEN ''
                    WHEN o.role IN ('beneficiary', 'winner', 'coordinator') THEN 'beneficiary'
                    ELSE o.role
                END AS as_what
            FROM facts AS o
            WHERE (o.kind = 'organisation' AND o.start < 0 AND o.role IN ('beneficiary', 'winner', 'coordinator', 'buyer', 'funder'))
                OR o.kind IN ('programme', 'round')
        ) AS m
    ) AS n
    GROUP BY n.document_id
) AS p ON p.document_id = d.id
LEFT JOIN (
    SELECT
        g.document_id,
        MAX(CASE WHEN g.kind = 'departement' AND g.nth = 1 THEN g.value END) AS departement,
        MAX(CASE WHEN g.kind = 'region' AND g.nth = 1 THEN g.value END) AS region,
        MAX(CASE WHEN g.kind = 'country' AND g.nth = 1 THEN g.value END) AS country
    FROM (
        SELECT
            l.document_id,
            l.kind,
            l.value,
            ROW_NUMBER() OVER (PARTITION BY l.document_id, l.kind ORDER BY ABS(l.start), l.value) AS nth
        FROM facts AS l
        WHERE l.start < 0 AND l.kind IN ('departement', 'region', 'country')
    ) AS g
    GROUP BY g.document_id
) AS t ON t.document_id = d.id
WHERE d.kind = 'funding'
