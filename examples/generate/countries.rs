//! Countries: legal forms as they are written, towns, telephone and domain.

/// Where a legal form stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Before the name.
    Start,
    /// After the name.
    End,
}

/// A legal form of one country, as people write it.
pub(crate) struct Form {
    /// How the register writes it.
    pub(crate) official: &'static str,
    /// Where it stands.
    pub(crate) side: Side,
    /// Other spellings in the same language, on the same side.
    pub(crate) same: &'static [&'static str],
    /// How it is rendered in English, after the name.
    pub(crate) english: &'static [&'static str],
    /// Out of all of the country's.
    pub(crate) weight: usize,
    /// Whether it belongs to names in Chinese characters only.
    pub(crate) script: bool,
}

const fn end(weight: usize, official: &'static str, same: &'static [&'static str]) -> Form {
    Form { official, side: Side::End, same, english: &[], weight, script: false }
}

const fn both(
    weight: usize,
    side: Side,
    official: &'static str,
    same: &'static [&'static str],
    english: &'static [&'static str],
) -> Form {
    Form { official, side, same, english, weight, script: false }
}

/// A country that companies are in.
pub(crate) struct Country {
    /// ISO 3166.
    pub(crate) code: &'static str,
    /// English name.
    pub(crate) name: &'static str,
    /// Telephone prefix.
    pub(crate) dial: &'static str,
    /// Endings of domains, the usual one first.
    pub(crate) domains: &'static [&'static str],
    /// Free mail that is used there beside the big ones.
    pub(crate) mail: &'static [&'static str],
    /// Digits of a tax id.
    pub(crate) tax: usize,
    /// Towns, the largest first; `config/places.csv` has other names of many.
    pub(crate) cities: &'static [&'static str],
    /// Legal forms.
    pub(crate) forms: &'static [Form],
}

const LTD: Form = end(80, "Ltd", &["Limited", "Ltd.", "Co Ltd"]);
const ROMAN_SA: Form = end(35, "S.A.", &["SA", "S A"]);
const GERMAN_AG: Form = end(12, "AG", &["Aktiengesellschaft", "A.G."]);
const GERMAN_GMBH: Form = end(
    70,
    "GmbH",
    &["G.m.b.H.", "Gesellschaft mit beschränkter Haftung", "Ges.m.b.H.", "Gmbh", "mbH"],
);

/// All of them; cultures name them by code.
pub(crate) const COUNTRIES: &[Country] = &[
    Country {
        code: "US",
        name: "United States",
        dial: "+1",
        domains: &["com", "com", "us", "net"],
        mail: &["gmail.com", "yahoo.com", "ymail.com"],
        tax: 9,
        cities: &["New York", "Los Angeles", "Chicago", "Houston", "Phoenix", "Detroit", "Atlanta"],
        forms: &[
            end(40, "Inc.", &["Inc", "Incorporated", "INC."]),
            end(40, "LLC", &["L.L.C.", "Limited Liability Company", "LLC."]),
            end(14, "Corporation", &["Corp.", "Corp"]),
            end(6, "LP", &["L.P.", "Limited Partnership"]),
        ],
    },
    Country {
        code: "GB",
        name: "United Kingdom",
        dial: "+44",
        domains: &["co.uk", "com", "uk"],
        mail: &["hotmail.co.uk", "yahoo.co.uk"],
        tax: 9,
        cities: &["London", "Birmingham", "Manchester", "Leeds", "Glasgow", "Bristol"],
        forms: &[
            LTD,
            end(12, "PLC", &["plc", "P.L.C.", "Public Limited Company"]),
            end(8, "LLP", &["Limited Liability Partnership"]),
        ],
    },
    Country {
        code: "CA",
        name: "Canada",
        dial: "+1",
        domains: &["ca", "com"],
        mail: &["yahoo.ca", "live.ca"],
        tax: 9,
        cities: &["Toronto", "Montreal", "Vancouver", "Calgary", "Ottawa"],
        forms: &[
            end(60, "Inc.", &["Inc", "Incorporated"]),
            end(30, "Ltd.", &["Limited", "Ltd"]),
            end(10, "Corporation", &["Corp."]),
        ],
    },
    Country {
        code: "AU",
        name: "Australia",
        dial: "+61",
        domains: &["com.au", "com"],
        mail: &["outlook.com.au", "live.com.au"],
        tax: 11,
        cities: &["Sydney", "Melbourne", "Brisbane", "Perth", "Adelaide"],
        forms: &[
            end(85, "Pty Ltd", &["Pty. Ltd.", "Pty Limited", "Proprietary Limited"]),
            end(15, "Limited", &["Ltd", "Ltd."]),
        ],
    },
    Country {
        code: "SG",
        name: "Singapore",
        dial: "+65",
        domains: &["com.sg", "sg", "com"],
        mail: &["yahoo.com.sg", "live.com.sg"],
        tax: 9,
        cities: &["Singapore"],
        forms: &[
            end(85, "Pte. Ltd.", &["Pte Ltd", "Pte Limited", "PTE. LTD."]),
            end(15, "Limited", &["Ltd"]),
        ],
    },
    Country {
        code: "DE",
        name: "Germany",
        dial: "+49",
        domains: &["de", "de", "com"],
        mail: &["gmx.de", "web.de", "t-online.de"],
        tax: 9,
        cities: &["Berlin", "Hamburg", "München", "Köln", "Frankfurt", "Stuttgart", "Düsseldorf"],
        forms: &[
            GERMAN_GMBH,
            end(16, "GmbH & Co. KG", &["GmbH & Co KG", "GmbH und Co. KG", "GmbH&Co.KG"]),
            GERMAN_AG,
            end(2, "e.K.", &["eK"]),
        ],
    },
    Country {
        code: "AT",
        name: "Austria",
        dial: "+43",
        domains: &["at", "com"],
        mail: &["gmx.at", "yahoo.at"],
        tax: 8,
        cities: &["Wien", "Graz", "Linz", "Salzburg"],
        forms: &[GERMAN_GMBH, GERMAN_AG],
    },
    Country {
        code: "CH",
        name: "Switzerland",
        dial: "+41",
        domains: &["ch", "com"],
        mail: &["gmx.ch", "yahoo.ch"],
        tax: 9,
        cities: &["Zürich", "Genf", "Basel", "Bern"],
        forms: &[GERMAN_GMBH, GERMAN_AG],
    },
    Country {
        code: "FR",
        name: "France",
        dial: "+33",
        domains: &["fr", "com"],
        mail: &["orange.fr", "free.fr"],
        tax: 11,
        cities: &["Paris", "Lyon", "Marseille", "Toulouse", "Lille", "Nantes"],
        forms: &[
            end(40, "SARL", &["S.A.R.L.", "Société à responsabilité limitée", "Sarl"]),
            end(40, "SAS", &["S.A.S.", "sas"]),
            end(20, "SA", &["S.A.", "Société anonyme"]),
        ],
    },
    Country {
        code: "BE",
        name: "Belgium",
        dial: "+32",
        domains: &["be", "com"],
        mail: &["hotmail.be", "live.be"],
        tax: 10,
        cities: &["Bruxelles", "Antwerpen", "Gent", "Liège"],
        forms: &[end(60, "SA", &["S.A.", "Société anonyme"]), end(40, "SRL", &["S.R.L.", "SPRL"])],
    },
    Country {
        code: "ES",
        name: "Spain",
        dial: "+34",
        domains: &["es", "com"],
        mail: &["hotmail.es", "terra.es"],
        tax: 9,
        cities: &["Madrid", "Barcelona", "Valencia", "Sevilla", "Zaragoza", "Bilbao"],
        forms: &[
            end(60, "S.L.", &["SL", "Sociedad Limitada", "S. L."]),
            ROMAN_SA,
            end(5, "S.L.U.", &["SLU", "S L U"]),
        ],
    },
    Country {
        code: "MX",
        name: "Mexico",
        dial: "+52",
        domains: &["com.mx", "mx", "com"],
        mail: &["live.com.mx", "yahoo.com.mx"],
        tax: 12,
        cities: &["Ciudad de México", "Guadalajara", "Monterrey", "Puebla"],
        forms: &[
            end(80, "S.A. de C.V.", &["SA de CV", "S. A. de C. V.", "SA DE CV"]),
            end(20, "S. de R.L. de C.V.", &["S de RL de CV"]),
        ],
    },
    Country {
        code: "BR",
        name: "Brazil",
        dial: "+55",
        domains: &["com.br", "com"],
        mail: &["uol.com.br", "terra.com.br"],
        tax: 14,
        cities: &["São Paulo", "Rio de Janeiro", "Curitiba", "Belo Horizonte", "Porto Alegre"],
        forms: &[end(80, "Ltda.", &["Ltda", "Limitada", "LTDA"]), end(20, "S.A.", &["S/A", "SA"])],
    },
    Country {
        code: "PT",
        name: "Portugal",
        dial: "+351",
        domains: &["pt", "com"],
        mail: &["outlook.pt", "live.com.pt"],
        tax: 9,
        cities: &["Lisboa", "Porto", "Braga"],
        forms: &[end(70, "Lda.", &["Lda", "Limitada"]), end(30, "S.A.", &["SA"])],
    },
    Country {
        code: "IT",
        name: "Italy",
        dial: "+39",
        domains: &["it", "com"],
        mail: &["libero.it", "yahoo.it"],
        tax: 11,
        cities: &["Milano", "Roma", "Torino", "Bologna", "Napoli", "Firenze"],
        forms: &[
            end(65, "S.r.l.", &["Srl", "SRL", "S.R.L.", "Società a responsabilità limitata"]),
            end(25, "S.p.A.", &["SpA", "SPA", "Società per Azioni"]),
            end(10, "S.n.c.", &["snc", "SNC"]),
        ],
    },
    Country {
        code: "VN",
        name: "Vietnam",
        dial: "+84",
        domains: &["com.vn", "vn", "com"],
        mail: &["gmail.com", "yahoo.com.vn"],
        tax: 10,
        cities: &["Hồ Chí Minh", "Hà Nội", "Đà Nẵng", "Hải Phòng", "Cần Thơ", "Biên Hòa"],
        forms: &[
            both(
                62,
                Side::Start,
                "Công ty TNHH",
                &["Cty TNHH", "CTY TNHH", "Công ty Trách nhiệm hữu hạn", "Cong ty TNHH", "TNHH"],
                &["Co., Ltd.", "Co., Ltd", "Co Ltd", "Company Limited", "Ltd"],
            ),
            both(
                26,
                Side::Start,
                "Công ty Cổ phần",
                &["Công ty CP", "CTCP", "Cty CP", "Cong ty co phan"],
                &["JSC", "Joint Stock Company", "J.S.C"],
            ),
            both(
                12,
                Side::Start,
                "Công ty TNHH MTV",
                &["Công ty TNHH Một Thành Viên", "Cty TNHH MTV", "Cong ty TNHH mot thanh vien"],
                &["One Member Co., Ltd.", "Co., Ltd."],
            ),
        ],
    },
    Country {
        code: "JP",
        name: "Japan",
        dial: "+81",
        domains: &["co.jp", "jp", "com"],
        mail: &["yahoo.co.jp", "docomo.ne.jp"],
        tax: 13,
        cities: &["Tokyo", "Osaka", "Nagoya", "Yokohama", "Kobe", "Kyoto"],
        forms: &[
            both(
                60,
                Side::End,
                "Co., Ltd.",
                &["Co Ltd", "Co.,Ltd.", "Co. Ltd"],
                &["Inc.", "Corporation"],
            ),
            both(25, Side::End, "K.K.", &["KK", "Kabushiki Kaisha"], &["Co., Ltd."]),
            Form {
                official: "株式会社",
                side: Side::Start,
                same: &["(株)", "㈱"],
                english: &["Co., Ltd.", "K.K.", "Inc."],
                weight: 70,
                script: true,
            },
            Form {
                official: "有限会社",
                side: Side::Start,
                same: &["(有)", "㈲"],
                english: &["Y.K.", "Ltd."],
                weight: 15,
                script: true,
            },
        ],
    },
    Country {
        code: "CN",
        name: "China",
        dial: "+86",
        domains: &["com.cn", "cn", "com"],
        mail: &["163.com", "qq.com"],
        tax: 18,
        cities: &["Shanghai", "Beijing", "Shenzhen", "Guangzhou", "Suzhou", "Ningbo", "Qingdao"],
        forms: &[
            end(90, "Co., Ltd.", &["Co Ltd", "Co.,Ltd", "Company Limited"]),
            Form {
                official: "有限公司",
                side: Side::End,
                same: &["有限责任公司"],
                english: &["Co., Ltd."],
                weight: 90,
                script: true,
            },
        ],
    },
    Country {
        code: "IN",
        name: "India",
        dial: "+91",
        domains: &["in", "com", "co.in"],
        mail: &["rediffmail.com", "yahoo.co.in"],
        tax: 15,
        cities: &["Mumbai", "Delhi", "Bengaluru", "Chennai", "Kolkata", "Pune", "Ahmedabad"],
        forms: &[
            end(
                75,
                "Private Limited",
                &["Pvt. Ltd.", "Pvt Ltd", "(P) Ltd", "P Ltd", "Pvt. Limited"],
            ),
            end(15, "Limited", &["Ltd", "Ltd."]),
            end(10, "LLP", &["Limited Liability Partnership"]),
        ],
    },
    Country {
        code: "SE",
        name: "Sweden",
        dial: "+46",
        domains: &["se", "com"],
        mail: &["live.se", "hotmail.se"],
        tax: 10,
        cities: &["Stockholm", "Göteborg", "Malmö", "Uppsala"],
        forms: &[end(90, "AB", &["Aktiebolag", "A.B."]), end(10, "AB (publ)", &["AB publ"])],
    },
    Country {
        code: "NO",
        name: "Norway",
        dial: "+47",
        domains: &["no", "com"],
        mail: &["live.no", "hotmail.no"],
        tax: 9,
        cities: &["Oslo", "Bergen", "Trondheim", "Stavanger"],
        forms: &[end(90, "AS", &["A/S", "A.S.", "Aksjeselskap"]), end(10, "ASA", &["A.S.A."])],
    },
    Country {
        code: "DK",
        name: "Denmark",
        dial: "+45",
        domains: &["dk", "com"],
        mail: &["live.dk", "hotmail.dk"],
        tax: 8,
        cities: &["København", "Aarhus", "Odense", "Aalborg"],
        forms: &[
            end(60, "ApS", &["APS", "Anpartsselskab"]),
            end(40, "A/S", &["AS", "Aktieselskab"]),
        ],
    },
    Country {
        code: "FI",
        name: "Finland",
        dial: "+358",
        domains: &["fi", "com"],
        mail: &["yahoo.fi", "outlook.com"],
        tax: 8,
        cities: &["Helsinki", "Tampere", "Turku", "Espoo"],
        forms: &[end(90, "Oy", &["OY", "Osakeyhtiö", "Oy Ab"]), end(10, "Oyj", &["OYJ"])],
    },
    Country {
        code: "NL",
        name: "Netherlands",
        dial: "+31",
        domains: &["nl", "com"],
        mail: &["hotmail.nl", "live.nl"],
        tax: 12,
        cities: &["Amsterdam", "Rotterdam", "Utrecht", "Eindhoven"],
        forms: &[
            end(90, "B.V.", &["BV", "Besloten Vennootschap"]),
            end(10, "N.V.", &["NV", "Naamloze Vennootschap"]),
        ],
    },
    Country {
        code: "PL",
        name: "Poland",
        dial: "+48",
        domains: &["pl", "com.pl", "com"],
        mail: &["wp.pl", "outlook.com"],
        tax: 10,
        cities: &["Warszawa", "Kraków", "Wrocław", "Poznań", "Gdańsk"],
        forms: &[
            both(
                80,
                Side::End,
                "Sp. z o.o.",
                &[
                    "Sp z o.o.",
                    "sp. z o. o.",
                    "Spółka z o.o.",
                    "Spółka z ograniczoną odpowiedzialnością",
                ],
                &["LLC", "Ltd."],
            ),
            both(20, Side::End, "S.A.", &["SA", "Spółka Akcyjna"], &["JSC"]),
        ],
    },
];
