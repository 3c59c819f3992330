//! What names are made of in each language: syllables, words that many firms share, surnames,
//! trades. Trades of English, German, French, Spanish and Portuguese come from
//! `config/trade_words.csv`; here are those it has without their marks, or not at all.

/// How brand words of a language are made up.
pub(crate) enum Sound {
    /// Onset, nucleus, and coda now and then; two or three times.
    Syllables { onsets: &'static str, nuclei: &'static str, codas: &'static str },
    /// Two words of one syllable.
    Pairs(&'static str),
    /// Two characters with their readings.
    Characters(&'static [(&'static str, &'static str)]),
}

/// One language's way of naming firms.
pub(crate) struct Culture {
    /// Of `config/trade_words.csv`, or one that it lacks.
    pub(crate) language: &'static str,
    /// Out of 1,000 companies.
    pub(crate) weight: usize,
    /// Countries by code, with weights.
    pub(crate) countries: &'static [(&'static str, usize)],
    /// Brand words.
    pub(crate) sound: Sound,
    /// Words that unrelated firms share, the commonest first.
    pub(crate) shared: &'static str,
    /// Surnames, the commonest first.
    pub(crate) surnames: &'static str,
    /// `and` of this language.
    pub(crate) link: &'static str,
    /// Whether the trade stands before the brand.
    pub(crate) trade_first: bool,
    /// Trades beside those of the list: native, reading in Latin letters (or empty), English.
    pub(crate) trades: &'static [(&'static str, &'static str, &'static str)],
}

const ENGLISH_SHARED: &str = "Global Star United Premier First Phoenix Summit Alpha Pioneer Royal \
    Golden Delta Apex Eagle Atlas Pacific Atlantic Crown Liberty Omega Titan Diamond Sterling Nova \
    Horizon Imperial Continental Universal Blue Silver Green Sun Sky Ocean River Mountain Valley \
    Lake Stone Oak Cedar Maple Falcon Hawk Lion Tiger Bear Wolf Heritage Legacy Century Millennium \
    Frontier Trinity Victory Triumph Prime Elite Quality Superior Classic Modern Dynamic Advanced \
    Integrated Creative Innovative Strategic Reliable Express Rapid Swift Metro Capital Alliance \
    Unity Vision Insight Matrix Quantum Vector Orion Polaris Mercury Apollo Neptune Saturn Jupiter \
    Evergreen Sunrise Sunset Cornerstone Keystone Landmark Beacon Compass Anchor Harbor Gateway \
    Bridge Tower Castle Fortress Shield Guardian Sentinel Patriot Independence Providence Genesis";
const ENGLISH_SURNAMES: &str = "Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson \
    Taylor Thomas Moore Martin Jackson Thompson White Harris Clark Lewis Robinson Walker Hall Allen \
    Young King Wright Hill Scott Green Baker Adams Nelson Carter Mitchell Roberts Turner Phillips \
    Campbell Parker Evans Edwards Collins Stewart Morris Rogers Reed Cook Morgan Bell Murphy Bailey \
    Cooper Richardson Cox Howard Ward Peterson Gray James Watson Brooks Kelly Sanders Price Bennett \
    Wood Barnes Ross Henderson Coleman Jenkins Perry Powell Long Patterson Hughes Butler Simmons \
    Foster Bryant Russell Griffin Hayes Hamilton Graham Sullivan Wallace West Cole Owens Reynolds";

/// All of them.
pub(crate) const CULTURES: &[Culture] = &[
    Culture {
        language: "en",
        weight: 330,
        countries: &[("US", 55), ("GB", 22), ("CA", 9), ("AU", 8), ("SG", 6)],
        sound: Sound::Syllables {
            onsets: "b bl br c ch cl cr d dr f fl fr g gl gr h j k l m n p pl pr qu r s sh sl sp \
                     st str t th tr v w wh y z",
            nuclei: "a a e e i i o o u ea ee oo ai ou y",
            codas: "b ck d ft g l ll m n nd ng nt p r rd rk rn rt s ss st t th x",
        },
        shared: ENGLISH_SHARED,
        surnames: ENGLISH_SURNAMES,
        link: "&",
        trade_first: false,
        trades: &[],
    },
    Culture {
        language: "de",
        weight: 120,
        countries: &[("DE", 78), ("AT", 12), ("CH", 10)],
        sound: Sound::Syllables {
            onsets: "b br d dr f fl g gr h k kl kr l m n p pf r s sch schl schm schw sp st t tr v \
                     w z",
            nuclei: "a a e e e i i o u ä ö ü ei au ie",
            codas: "b ch ck d f g l ld ll lm m mm n nd ng nn nz r rg rn rt s st t tt tz",
        },
        shared: "Nord Süd Rhein Bavaria Hansa Alpen Euro Merkur Phoenix Adler Stern Union Germania \
                 Neue Inter Uni Mega Pro Omega Delta Apollo Atlas Concordia Rhenania Westfalia Elbe \
                 Donau Main Saxonia Borussia Gloria Victoria Ideal Optima Favorit Komet Fortuna",
        surnames: "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann \
                   Schäfer Koch Bauer Richter Klein Wolf Schröder Neumann Schwarz Zimmermann Braun \
                   Krüger Hofmann Hartmann Lange Werner Krause Lehmann Maier Köhler Herrmann König \
                   Walter Mayer Huber Kaiser Fuchs Peters Lang Scholz Möller Weiß Jung Hahn Vogel \
                   Keller Günther Berger Winkler Roth Beck Lorenz Baumann Franke Albrecht Schuster",
        link: "und",
        trade_first: false,
        trades: &[
            ("Präzisionstechnik", "", "Precision Engineering"),
            ("Gebäudetechnik", "", "Building Services"),
            ("Wärmetechnik", "", "Heating"),
            ("Großhandel", "", "Wholesale"),
        ],
    },
    Culture {
        language: "fr",
        weight: 80,
        countries: &[("FR", 80), ("BE", 20)],
        sound: Sound::Syllables {
            onsets: "b bl br c ch cl d dr f fl fr g gl gr j l m n p pl pr r s t tr v",
            nuclei: "a a e é i o ou u au ai eau oi è",
            codas: "l lle n nd ne nt r rd re s sse t tte x",
        },
        shared: "France Nouvelle Grand Atlantique Alpes Océan Étoile Soleil Lumière Avenir Horizon \
                 Phénix Europe Provence Bretagne Loire Rhône Azur Prestige Royal Excellence Saint \
                 Delta Alpha Sud Nord Union Alliance Moderne Central Méditerranée Aquitaine",
        surnames: "Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon \
                   Laurent Lefebvre Michel Garcia David Bertrand Roux Vincent Fournier Morel Girard \
                   André Lefèvre Mercier Dupont Lambert Bonnet François Martinez Legrand Garnier \
                   Faure Rousseau Blanc Guérin Muller Henry Roussel Nicolas Perrin Morin Mathieu",
        link: "et",
        trade_first: true,
        trades: &[
            ("Électricité Générale", "", "Electric"),
            ("Matériel Médical", "", "Medical Equipment"),
        ],
    },
    Culture {
        language: "es",
        weight: 80,
        countries: &[("ES", 60), ("MX", 40)],
        sound: Sound::Syllables {
            onsets: "b br c ch d f fr g gr h j l ll m n ñ p pl pr r s t tr v z",
            nuclei: "a a a e e i o o u ia ie ue",
            codas: "l n r s z n",
        },
        shared: "Nueva Grupo Ibérica Norte Sur Sol Mar Estrella Española Americana Nacional Central \
                 San Santa Fénix Real Europa Levante Atlántico Pacífico Azteca Monterrey Andaluza \
                 Águila Alfa Delta Omega Moderna Unión Continental Imperial Progreso Futuro",
        surnames: "García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Martín \
                   Jiménez Ruiz Hernández Díaz Moreno Muñoz Álvarez Romero Alonso Gutiérrez Navarro \
                   Torres Domínguez Vázquez Ramos Gil Ramírez Serrano Blanco Molina Morales Suárez \
                   Ortega Delgado Castro Ortiz Rubio Marín Sanz Núñez Iglesias Medina Garrido",
        link: "y",
        trade_first: true,
        trades: &[("Construcción y Diseño", "", "Design Construction")],
    },
    Culture {
        language: "pt",
        weight: 50,
        countries: &[("BR", 80), ("PT", 20)],
        sound: Sound::Syllables {
            onsets: "b br c ch d f g gr j l lh m n nh p pr r s t tr v x z",
            nuclei: "a a e e i o o u ão ei ou",
            codas: "l m r s z n",
        },
        shared: "Brasil Nova Sul Norte Sol Estrela Nacional Paulista Mineira Atlântica Central São \
                 Santa Real Ouro Verde Azul União Progresso Ideal Moderna Imperial Lusitana Tropical \
                 Amazônia Fênix Global Prime Águia Bandeirante",
        surnames: "Silva Santos Oliveira Souza Rodrigues Ferreira Alves Pereira Lima Gomes Costa \
                   Ribeiro Martins Carvalho Almeida Lopes Soares Fernandes Vieira Barbosa Rocha \
                   Dias Nascimento Andrade Moreira Nunes Marques Machado Mendes Freitas Cardoso",
        link: "e",
        trade_first: true,
        trades: &[("Peças Automotivas", "", "Automotive Parts")],
    },
    Culture {
        language: "it",
        weight: 60,
        countries: &[("IT", 1)],
        sound: Sound::Syllables {
            onsets: "b br c ch d f fr g gi gl gn l m n p pr qu r s sc st t tr v z",
            nuclei: "a a e e i i o o u ia io",
            codas: "l n r ll nn tt",
        },
        shared: "Italia Nuova Europa Alpi Stella Sole Mare Adriatica Lombarda Veneta Centrale Nord \
                 Sud San Santa Fenice Aquila Alfa Delta Omega Moderna Ideal Universo Progetto \
                 Futura Ligure Toscana Romana Piemonte",
        surnames: "Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno \
                   Gallo Conti Costa Mancini Giordano Rizzo Lombardi Moretti Barbieri Fontana \
                   Santoro Mariani Rinaldi Caruso Ferrara Galli Martini Leone Longo Gentile",
        link: "e",
        trade_first: false,
        trades: &[
            ("Costruzioni", "", "Construction"),
            ("Meccanica", "", "Mechanical"),
            ("Trasporti", "", "Transport"),
            ("Impianti", "", "Plant"),
            ("Immobiliare", "", "Real Estate"),
            ("Servizi", "", "Services"),
            ("Arredamenti", "", "Furniture"),
            ("Tecnologie", "", "Technologies"),
            ("Elettronica", "", "Electronics"),
            ("Alimentari", "", "Food"),
            ("Logistica", "", "Logistics"),
            ("Tessile", "", "Textile"),
            ("Edilizia", "", "Building"),
            ("Autotrasporti", "", "Freight"),
            ("Officine", "", "Workshop"),
            ("Industrie", "", "Industries"),
            ("Ceramiche", "", "Ceramics"),
            ("Macchine", "", "Machines"),
            ("Stampi", "", "Moulds"),
            ("Legnami", "", "Timber"),
            ("Consulenza", "", "Consulting"),
            ("Sistemi", "", "Systems"),
            ("Distribuzione", "", "Distribution"),
            ("Torneria", "", "Turning"),
            ("Acciai", "", "Steel"),
        ],
    },
    Culture {
        language: "vi",
        weight: 120,
        countries: &[("VN", 1)],
        sound: Sound::Pairs(
            "An Anh Ánh Âu Bách Bảo Bắc Bình Cát Cao Châu Chí Công Cường Danh Dũng Duy Dương Đại \
             Đạt Đăng Đình Đông Đồng Đức Gia Giang Hà Hải Hạnh Hào Hậu Hiếu Hòa Hoàn Hoàng Hồng Huy \
             Hùng Hưng Hương Khải Khang Khánh Khoa Khôi Kiên Kim Kỳ Lạc Lâm Lập Lê Linh Lộc Lợi Long \
             Lực Mai Mạnh Minh Mỹ Nam Ngân Nghĩa Ngọc Nguyên Nhân Nhật Ninh Phát Phong Phú Phúc Phước \
             Phương Quân Quang Quốc Quý Sơn Sáng Song Tài Tâm Tân Tấn Thái Thắng Thanh Thành Thiên \
             Thiện Thịnh Thọ Thông Thu Thuận Thủy Tiến Tín Toàn Trí Triệu Trung Trường Tú Tuấn Tùng \
             Tường Uy Văn Vân Việt Vinh Vĩnh Vũ Vượng Xuân Yên",
        ),
        shared: "Việt Á·Châu Sài·Gòn Hà·Nội Hòa·Bình Thành·Công Đông·Á Phương·Nam Đại·Dương Hoàng·Long \
                 Minh·Phát Hưng·Thịnh An·Phát Tân·Tiến Nam·Việt Thái·Bình·Dương Việt·Nhật Đại·Việt \
                 Hoàng·Gia Thiên·Long Phú·Mỹ Gia·Hưng Bảo·An Kim·Long Sao·Việt Tiến·Phát Hải·Âu",
        surnames: "Nguyễn Trần Lê Phạm Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý",
        link: "và",
        trade_first: true,
        trades: &[
            ("Thương mại", "", "Trading"),
            ("Xây dựng", "", "Construction"),
            ("Thương mại Dịch vụ", "", "Trading Service"),
            ("Sản xuất Thương mại", "", "Manufacturing Trading"),
            ("Đầu tư", "", "Investment"),
            ("Dịch vụ", "", "Service"),
            ("Cơ khí", "", "Mechanical"),
            ("Vận tải", "", "Transport"),
            ("Công nghệ", "", "Technology"),
            ("Xuất nhập khẩu", "", "Import Export"),
            ("Kỹ thuật", "", "Engineering"),
            ("Thép", "", "Steel"),
            ("Bao bì", "", "Packaging"),
            ("Nhựa", "", "Plastic"),
            ("May mặc", "", "Garment"),
            ("Dệt may", "", "Textile Garment"),
            ("Thực phẩm", "", "Food"),
            ("Thủy sản", "", "Seafood"),
            ("Thiết bị", "", "Equipment"),
            ("Thiết bị điện", "", "Electric Equipment"),
            ("Điện tử", "", "Electronics"),
            ("Cơ điện lạnh", "", "Mechanical Electric Refrigeration"),
            ("Khuôn mẫu", "", "Mould"),
            ("Cơ khí chính xác", "", "Precision Mechanical"),
            ("Tư vấn", "", "Consulting"),
            ("Thiết kế", "", "Design"),
            ("Quảng cáo", "", "Advertising"),
            ("Du lịch", "", "Tourism"),
            ("Giao nhận", "", "Forwarding"),
            ("Phân bón", "", "Fertilizer"),
            ("Dược phẩm", "", "Pharmaceutical"),
            ("Thiết bị y tế", "", "Medical Equipment"),
            ("Bất động sản", "", "Real Estate"),
            ("Nội thất", "", "Interior Furniture"),
            ("Gỗ", "", "Wood"),
            ("Cao su", "", "Rubber"),
            ("Hóa chất", "", "Chemical"),
            ("Viễn thông", "", "Telecommunication"),
            ("Phần mềm", "", "Software"),
            ("Tự động hóa", "", "Automation"),
            ("Năng lượng", "", "Energy"),
            ("Môi trường", "", "Environment"),
            ("Giáo dục", "", "Education"),
            ("In ấn", "", "Printing"),
            ("Giấy", "", "Paper"),
            ("Kim loại", "", "Metal"),
            ("Vật liệu xây dựng", "", "Building Material"),
            ("Chế biến gỗ", "", "Wood Processing"),
            ("Nông sản", "", "Agriculture Product"),
            ("Bảo vệ", "", "Security Guard"),
            ("Xăng dầu", "", "Petroleum"),
            ("Linh kiện điện tử", "", "Electronics Component"),
            ("Phụ tùng ô tô", "", "Automobile Part"),
            ("Kết cấu thép", "", "Steel Structure"),
        ],
    },
    Culture {
        language: "ja",
        weight: 60,
        countries: &[("JP", 1)],
        sound: Sound::Characters(&[
            ("山", "yama"),
            ("川", "kawa"),
            ("田", "da"),
            ("村", "mura"),
            ("木", "ki"),
            ("本", "moto"),
            ("島", "shima"),
            ("野", "no"),
            ("原", "hara"),
            ("井", "i"),
            ("上", "ue"),
            ("中", "naka"),
            ("小", "ko"),
            ("大", "o"),
            ("松", "matsu"),
            ("竹", "take"),
            ("梅", "ume"),
            ("森", "mori"),
            ("林", "bayashi"),
            ("石", "ishi"),
            ("橋", "hashi"),
            ("岡", "oka"),
            ("沢", "sawa"),
            ("崎", "saki"),
            ("西", "nishi"),
            ("東", "higashi"),
            ("南", "minami"),
            ("北", "kita"),
            ("高", "taka"),
            ("長", "naga"),
            ("福", "fuku"),
            ("富", "tomi"),
            ("藤", "fuji"),
            ("谷", "tani"),
            ("坂", "saka"),
            ("宮", "miya"),
            ("内", "uchi"),
            ("口", "guchi"),
            ("水", "mizu"),
            ("金", "kane"),
            ("タ", "ta"),
            ("カ", "ka"),
            ("ラ", "ra"),
            ("ミ", "mi"),
            ("ノ", "no"),
            ("ト", "to"),
            ("リ", "ri"),
            ("ネ", "ne"),
            ("ス", "su"),
            ("キ", "ki"),
            ("モ", "mo"),
            ("サ", "sa"),
        ]),
        shared: "Nippon Toyo Taiyo Showa Fuji Daiwa Sanko Kyowa Meiji Nissei Toho Shinwa Asahi \
                 Sakura Tokai Kansai Kinki Hokuto Sanyo Yamato Chuo Daiichi Shinko Tokyo Osaka",
        surnames: "Sato Suzuki Takahashi Tanaka Watanabe Ito Yamamoto Nakamura Kobayashi Kato \
                   Yoshida Yamada Sasaki Matsumoto Inoue Kimura Hayashi Saito Shimizu Mori Abe \
                   Ikeda Hashimoto Ishikawa Ogawa Okada Hasegawa Murakami Goto Kondo Sakamoto",
        link: "&",
        trade_first: false,
        trades: &[
            ("工業", "Kogyo", "Industries"),
            ("製作所", "Seisakusho", "Manufacturing"),
            ("商事", "Shoji", "Trading"),
            ("建設", "Kensetsu", "Construction"),
            ("電機", "Denki", "Electric"),
            ("運輸", "Unyu", "Transport"),
            ("化学", "Kagaku", "Chemical"),
            ("精機", "Seiki", "Precision Machinery"),
            ("鉄工所", "Tekkosho", "Iron Works"),
            ("食品", "Shokuhin", "Foods"),
            ("産業", "Sangyo", "Industry"),
            ("技研", "Giken", "Engineering"),
            ("物流", "Butsuryu", "Logistics"),
            ("印刷", "Insatsu", "Printing"),
            ("不動産", "Fudosan", "Real Estate"),
            ("機械", "Kikai", "Machinery"),
            ("電子", "Denshi", "Electronics"),
            ("設備", "Setsubi", "Equipment"),
            ("薬品", "Yakuhin", "Pharmaceutical"),
            ("金属", "Kinzoku", "Metal"),
            ("ゴム", "Gomu", "Rubber"),
            ("システム", "System", "Systems"),
            ("サービス", "Service", "Service"),
            ("テクノ", "Techno", "Techno"),
        ],
    },
    Culture {
        language: "zh",
        weight: 20,
        countries: &[("CN", 1)],
        sound: Sound::Characters(&[
            ("华", "hua"),
            ("泰", "tai"),
            ("德", "de"),
            ("兴", "xing"),
            ("隆", "long"),
            ("宏", "hong"),
            ("达", "da"),
            ("金", "jin"),
            ("盛", "sheng"),
            ("瑞", "rui"),
            ("鑫", "xin"),
            ("源", "yuan"),
            ("恒", "heng"),
            ("信", "xin"),
            ("博", "bo"),
            ("凯", "kai"),
            ("龙", "long"),
            ("飞", "fei"),
            ("天", "tian"),
            ("海", "hai"),
            ("东", "dong"),
            ("新", "xin"),
            ("永", "yong"),
            ("昌", "chang"),
            ("明", "ming"),
            ("光", "guang"),
            ("嘉", "jia"),
            ("诚", "cheng"),
            ("康", "kang"),
            ("宝", "bao"),
            ("丰", "feng"),
            ("裕", "yu"),
            ("安", "an"),
            ("正", "zheng"),
            ("中", "zhong"),
            ("联", "lian"),
            ("合", "he"),
            ("和", "he"),
            ("美", "mei"),
            ("佳", "jia"),
        ]),
        shared: "Huaxin Jinlong Hongda Xinhua Dongfang Tianyuan Yongsheng Hengtai Fuhua Guangming",
        surnames: "Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou",
        link: "&",
        trade_first: false,
        trades: &[
            ("贸易", "Maoyi", "Trading"),
            ("科技", "Keji", "Technology"),
            ("机械", "Jixie", "Machinery"),
            ("电子", "Dianzi", "Electronics"),
            ("实业", "Shiye", "Industrial"),
            ("建筑", "Jianzhu", "Construction"),
            ("化工", "Huagong", "Chemical"),
            ("纺织", "Fangzhi", "Textile"),
            ("食品", "Shipin", "Food"),
            ("物流", "Wuliu", "Logistics"),
            ("投资", "Touzi", "Investment"),
            ("塑料", "Suliao", "Plastic"),
            ("五金", "Wujin", "Hardware"),
            ("模具", "Muju", "Mould"),
            ("包装", "Baozhuang", "Packaging"),
        ],
    },
    Culture {
        language: "in",
        weight: 90,
        countries: &[("IN", 92), ("SG", 5), ("GB", 3)],
        sound: Sound::Syllables {
            onsets: "b bh ch d dh g gh j k kh kr l m n p pr r s sh shr sv t th tr v y",
            nuclei: "a a a aa i i u e o ee",
            codas: "j k l m n nd nt r sh t v y",
        },
        shared: "Shree Sri Sai Om Balaji Bharat Ganesh Krishna Lakshmi India Hindustan Royal Shiv \
                 Maruti Ambica Jai Surya Gayatri Durga Mahavir National Ashoka Everest Indo Star \
                 Vishal Sagar Tirupati Ganga Himalaya Raj New Super Laxmi",
        surnames: "Patel Shah Sharma Singh Kumar Gupta Agarwal Jain Mehta Reddy Rao Verma Desai \
                   Joshi Kapoor Malhotra Chopra Bansal Goyal Mittal Nair Menon Iyer Das Banerjee",
        link: "&",
        trade_first: false,
        trades: &[
            ("Infrastructure", "", "Infrastructure"),
            ("Enterprises", "", "Enterprises"),
            ("Exports", "", "Exports"),
            ("Industries", "", "Industries"),
            ("Traders", "", "Traders"),
            ("Textiles", "", "Textiles"),
            ("Steels", "", "Steels"),
            ("Infotech", "", "Information Technology"),
            ("Pharma", "", "Pharmaceuticals"),
            ("Constructions", "", "Constructions"),
            ("Engineering", "", "Engineering"),
            ("Agro", "", "Agro"),
            ("Foods", "", "Foods"),
            ("Chemicals", "", "Chemicals"),
            ("Jewellers", "", "Jewellers"),
            ("Developers", "", "Developers"),
            ("Logistics", "", "Logistics"),
            ("Technologies", "", "Technologies"),
            ("Solutions", "", "Solutions"),
            ("Plastics", "", "Plastics"),
            ("Polymers", "", "Polymers"),
            ("Fabrics", "", "Fabrics"),
            ("Motors", "", "Motors"),
            ("Electricals", "", "Electricals"),
            ("Impex", "", "Import Export"),
            ("Mills", "", "Mills"),
            ("Packaging", "", "Packaging"),
        ],
    },
    Culture {
        language: "nordic",
        weight: 50,
        countries: &[("SE", 40), ("NO", 22), ("DK", 24), ("FI", 14)],
        sound: Sound::Syllables {
            onsets: "b bj br d f fj g gr h hj k kl kv l m n r s sk sj sn st sv t tr v",
            nuclei: "a a e e i o u å ä ö ø æ y",
            codas: "d dal g k l ll lm lund m n nd r rg rn rt s sen stad strøm t vik",
        },
        shared: "Nord Nordic Scandinavian Svea Norsk Dansk Viking Fjord Øst Vest Syd Polar Arctic \
                 Baltic Hav Skog Norden Thor Odin Freja Nova Aurora Skandia Fönix",
        surnames: "Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Hansen Olsen Larsen \
                   Jensen Nielsen Pedersen Andersen Christensen Korhonen Virtanen Mäkinen Lindberg \
                   Lindström Berg Dahl Holm Lund Sørensen Kristiansen Jørgensen",
        link: "og",
        trade_first: false,
        trades: &[
            ("Bygg", "", "Construction"),
            ("Fastigheter", "", "Properties"),
            ("Invest", "", "Invest"),
            ("Teknik", "", "Technology"),
            ("Konsult", "", "Consulting"),
            ("Transport", "", "Transport"),
            ("Entreprenad", "", "Contracting"),
            ("Maskin", "", "Machine"),
            ("El", "", "Electric"),
            ("Handel", "", "Trading"),
            ("Eiendom", "", "Real Estate"),
            ("Ejendomme", "", "Properties"),
            ("Skog", "", "Forestry"),
            ("Mekaniska", "", "Mechanical"),
            ("Energi", "", "Energy"),
            ("Logistik", "", "Logistics"),
            ("Shipping", "", "Shipping"),
            ("Offshore", "", "Offshore"),
            ("Service", "", "Service"),
            ("Rederi", "", "Shipping"),
            ("Design", "", "Design"),
            ("Industri", "", "Industry"),
            ("Fisk", "", "Fish"),
            ("Data", "", "Data"),
        ],
    },
    Culture {
        language: "nl",
        weight: 25,
        countries: &[("NL", 90), ("BE", 10)],
        sound: Sound::Syllables {
            onsets: "b bl br d dr g gr h k kl l m n p r s sch sl st t v w z",
            nuclei: "a aa e ee i ij o oe oo u ui",
            codas: "k l ld m n nd r rd rk s t ts",
        },
        shared: "Holland Neder Oranje Noord Zuid Delta Hanze Europa Rijn Amstel Rotterdam Atlas \
                 Batavia Nova Phoenix Zee Maas Friesland Brabant",
        surnames: "Jansen Bakker Visser Smit Meijer Mulder Bos Vos Peters Hendriks Dekker Brouwer \
                   Dijkstra Smits Koster Prins Huisman Kuipers Verhoeven Vermeulen",
        link: "en",
        trade_first: false,
        trades: &[
            ("Beheer", "", "Management"),
            ("Bouw", "", "Construction"),
            ("Techniek", "", "Technology"),
            ("Vastgoed", "", "Real Estate"),
            ("Groothandel", "", "Wholesale"),
            ("Installatie", "", "Installation"),
            ("Transport", "", "Transport"),
            ("Metaal", "", "Metal"),
            ("Advies", "", "Consulting"),
            ("Handelsonderneming", "", "Trading"),
            ("Machines", "", "Machines"),
            ("Scheepvaart", "", "Shipping"),
            ("Voeding", "", "Food"),
            ("Logistiek", "", "Logistics"),
        ],
    },
    Culture {
        language: "pl",
        weight: 25,
        countries: &[("PL", 1)],
        sound: Sound::Syllables {
            onsets: "b br c ch cz d dr f g gr h j k kr l ł m n p pr r rz s sz st t tr w z ż",
            nuclei: "a a e e i o o u y ą ę",
            codas: "k l m n ń r s sz t w x",
        },
        shared: "Polska Nowa Euro Pol Bałtyk Wisła Centrum Orzeł Śląsk Warta Tatry Omega Delta Alfa \
                 Krak Maz Unia Progres",
        surnames: "Nowak Kowalski Wiśniewski Wójcik Kowalczyk Kamiński Lewandowski Zieliński \
                   Szymański Woźniak Dąbrowski Kozłowski Mazur Krawczyk Piotrowski Grabowski",
        link: "i",
        trade_first: false,
        trades: &[
            ("Budownictwo", "", "Construction"),
            ("Handel", "", "Trading"),
            ("Transport", "", "Transport"),
            ("Usługi", "", "Services"),
            ("Produkcja", "", "Production"),
            ("Technika", "", "Technology"),
            ("Nieruchomości", "", "Real Estate"),
            ("Spedycja", "", "Forwarding"),
            ("Meble", "", "Furniture"),
            ("Opakowania", "", "Packaging"),
            ("Stal", "", "Steel"),
            ("Elektronika", "", "Electronics"),
            ("Maszyny", "", "Machines"),
            ("Logistyka", "", "Logistics"),
        ],
    },
];
