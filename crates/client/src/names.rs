//! What people are called, in many scripts, each name with the ASCII that a user name is made of.
//!
//! Data only. The last culture holds what breaks naive software: one letter, very long, `Null`, a letter
//! with its mark apart. Which names a company gets is decided in `people`.

/// A name as it is written, and the ASCII for a user name.
pub type Written = (&'static str, &'static str);

/// People of one language, and where their office is.
#[derive(Debug)]
pub struct Culture {
    /// The script, as Unicode names it.
    pub script: &'static str,
    /// BCP 47, as Okta sends it.
    pub locale: &'static str,
    /// IANA time zone of the office.
    pub timezone: &'static str,
    /// The office.
    pub city: &'static str,
    /// How telephone numbers of the office begin.
    pub dial: &'static str,
    /// The family name is written first.
    pub family_first: bool,
    /// Given names.
    pub given: &'static [Written],
    /// Family names.
    pub family: &'static [Written],
}

const fn culture(
    (script, locale): (&'static str, &'static str),
    (timezone, city, dial): (&'static str, &'static str, &'static str),
    given: &'static [Written],
    family: &'static [Written],
) -> Culture {
    Culture { script, locale, timezone, city, dial, family_first: false, given, family }
}

const fn family_first(mut culture: Culture) -> Culture {
    culture.family_first = true;
    culture
}

/// The cultures of the company; the last one holds the curiosities.
#[rustfmt::skip]
pub const CULTURES: &[Culture] = &[
    culture(("Latin", "en-US"), ("America/New_York", "New York", "+1 212 555"),
        &[("Alice", "alice"), ("James", "james"), ("Maya", "maya"), ("Noah", "noah"), ("Grace", "grace"), ("Liam", "liam"), ("Ruth", "ruth"), ("Omar", "omar"), ("Jo Ann", "joann")],
        &[("Smith", "smith"), ("Johnson", "johnson"), ("Washington", "washington"), ("Lee", "lee"), ("Carter", "carter"), ("Taylor-Jones", "taylor-jones"), ("McDonald", "mcdonald"), ("St. John", "stjohn")]),
    culture(("Latin", "de-DE"), ("Europe/Berlin", "Berlin", "+49 30 555"),
        &[("Jürgen", "juergen"), ("Käthe", "kaethe"), ("Lukas", "lukas"), ("Sören", "soeren"), ("Anke", "anke"), ("Björn", "bjoern"), ("Zoë", "zoe"), ("Hans-Peter", "hans-peter")],
        &[("Müller", "mueller"), ("Weiß", "weiss"), ("Schäfer", "schaefer"), ("Groß", "gross"), ("von der Höhe", "vonderhoehe"), ("Köhler", "koehler"), ("Schmidt-Böhme", "schmidt-boehme"), ("Jäger", "jaeger")]),
    culture(("Latin", "fr-FR"), ("Europe/Paris", "Paris", "+33 1 55 50"),
        &[("Anne-Marie", "anne-marie"), ("François", "francois"), ("Zélie", "zelie"), ("Loïc", "loic"), ("Éléonore", "eleonore"), ("Jérôme", "jerome"), ("Maëlle", "maelle"), ("Benoît", "benoit")],
        &[("Lefèvre", "lefevre"), ("D'Amboise", "d'amboise"), ("Dupont-Moreau", "dupont-moreau"), ("Bœuf", "boeuf"), ("L'Hôpital", "l'hopital"), ("Gagné", "gagne"), ("Noël", "noel"), ("Château", "chateau")]),
    culture(("Latin", "es-ES"), ("Europe/Madrid", "Madrid", "+34 91 555"),
        &[("Íñigo", "inigo"), ("María José", "mariajose"), ("Begoña", "begona"), ("Ángel", "angel"), ("Lucía", "lucia"), ("Raúl", "raul"), ("Inés", "ines"), ("Óscar", "oscar")],
        &[("Núñez", "nunez"), ("García Márquez", "garciamarquez"), ("de la Cruz", "delacruz"), ("Ibáñez", "ibanez"), ("Peña", "pena"), ("Muñoz", "munoz"), ("Güell", "guell"), ("Ordóñez", "ordonez")]),
    culture(("Latin", "pl-PL"), ("Europe/Warsaw", "Warszawa", "+48 22 555"),
        &[("Łukasz", "lukasz"), ("Małgorzata", "malgorzata"), ("Zbigniew", "zbigniew"), ("Bożena", "bozena"), ("Święcisław", "swiecislaw"), ("Jiří", "jiri"), ("Dvořka", "dvorka"), ("Grażyna", "grazyna")],
        &[("Łukasiewicz", "lukasiewicz"), ("Wójcik", "wojcik"), ("Brzęczyszczykiewicz", "brzeczyszczykiewicz"), ("Dąbrowska", "dabrowska"), ("Żuławski", "zulawski"), ("Dvořák", "dvorak"), ("Kościuszko", "kosciuszko"), ("Szczęsny", "szczesny")]),
    culture(("Latin", "tr-TR"), ("Europe/Istanbul", "İstanbul", "+90 212 555"),
        &[("İpek", "ipek"), ("Işıl", "isil"), ("Çağrı", "cagri"), ("Gökçe", "gokce"), ("Şükrü", "sukru"), ("Oğuz", "oguz"), ("Ülkü", "ulku"), ("Ilgın", "ilgin")],
        &[("Yılmaz", "yilmaz"), ("Öztürk", "ozturk"), ("Çelik", "celik"), ("Kılıç", "kilic"), ("Şahin", "sahin"), ("Işık", "isik"), ("İnönü", "inonu"), ("Doğan", "dogan")]),
    culture(("Latin", "is-IS"), ("Atlantic/Reykjavik", "Reykjavík", "+354 555"),
        &[("Þór", "thor"), ("Æsa", "aesa"), ("Guðrún", "gudrun"), ("Sigríður", "sigridur"), ("Ólafur", "olafur"), ("Björk", "bjork"), ("Ragnheiður", "ragnheidur"), ("Eyþór", "eythor")],
        &[("Guðmundsdóttir", "gudmundsdottir"), ("Þorvaldsson", "thorvaldsson"), ("Jónsdóttir", "jonsdottir"), ("Sæmundsson", "saemundsson"), ("Eiríksdóttir", "eiriksdottir"), ("Ægisson", "aegisson"), ("Bjarnason", "bjarnason"), ("Hjálmarsdóttir", "hjalmarsdottir")]),
    culture(("Latin", "en-IE"), ("Europe/Dublin", "Dublin", "+353 1 555"),
        &[("Seán", "sean"), ("Siobhán", "siobhan"), ("Aoife", "aoife"), ("Pádraig", "padraig"), ("Niamh", "niamh"), ("Eoin", "eoin"), ("Caoimhe", "caoimhe"), ("Róisín", "roisin")],
        &[("O'Brien", "o'brien"), ("Ó Súilleabháin", "osuilleabhain"), ("O'Neill", "o'neill"), ("Murphy", "murphy"), ("Ní Dhomhnaill", "nidhomhnaill"), ("O’Connor", "o'connor"), ("MacGiolla", "macgiolla"), ("Fitz-Gerald", "fitz-gerald")]),
    family_first(culture(("Latin", "vi-VN"), ("Asia/Ho_Chi_Minh", "Hồ Chí Minh", "+84 28 555"),
        &[("Ánh", "anh"), ("Thị Hồng", "thihong"), ("Đức", "duc"), ("Phượng", "phuong"), ("Quốc", "quoc"), ("Hải", "hai"), ("Mỹ Linh", "mylinh"), ("Tuấn", "tuan")],
        &[("Nguyễn", "nguyen"), ("Trần", "tran"), ("Lê", "le"), ("Phạm", "pham"), ("Đặng", "dang"), ("Vũ", "vu"), ("Hoàng", "hoang"), ("Bùi", "bui")])),
    culture(("Cyrillic", "uk-UA"), ("Europe/Kyiv", "Київ", "+380 44 555"),
        &[("Олександр", "oleksandr"), ("Марія", "mariia"), ("Їжакевич", "yizhak"), ("Тарас", "taras"), ("Юлія", "yuliia"), ("Андрій", "andrii"), ("Соломія", "solomiia"), ("Богдан", "bohdan")],
        &[("Шевченко", "shevchenko"), ("Коваленко", "kovalenko"), ("Петренко", "petrenko"), ("Щербак", "shcherbak"), ("Лук'яненко", "lukianenko"), ("Жук", "zhuk"), ("Ґонта", "gonta"), ("Бондаренко", "bondarenko")]),
    culture(("Greek", "el-GR"), ("Europe/Athens", "Αθήνα", "+30 21 0555"),
        &[("Γιώργος", "giorgos"), ("Ελένη", "eleni"), ("Νίκος", "nikos"), ("Χρυσάνθη", "chrysanthi"), ("Οδυσσέας", "odysseas"), ("Ιωάννα", "ioanna"), ("Θεόδωρος", "theodoros"), ("Άννα", "anna")],
        &[("Παπαδόπουλος", "papadopoulos"), ("Οικονόμου", "oikonomou"), ("Καραγιάννης", "karagiannis"), ("Χατζηδάκης", "chatzidakis"), ("Βασιλείου", "vasileiou"), ("Ζωγράφου", "zografou"), ("Ψαράς", "psaras"), ("Ξένος", "xenos")]),
    culture(("Arabic", "ar-AE"), ("Asia/Dubai", "دبي", "+971 4 555"),
        &[("عمر", "omar"), ("فاطمة", "fatima"), ("يوسف", "yusuf"), ("ليلى", "layla"), ("خالد", "khalid"), ("مريم", "maryam"), ("عبد الله", "abdullah"), ("نور", "noor")],
        &[("السيد", "alsayed"), ("الحسن", "alhasan"), ("بن سلمان", "binsalman"), ("النجار", "alnajjar"), ("حداد", "haddad"), ("المصري", "almasri"), ("القاسمي", "alqasimi"), ("خوري", "khoury")]),
    culture(("Hebrew", "he-IL"), ("Asia/Jerusalem", "תל אביב", "+972 3 555"),
        &[("נועה", "noa"), ("איתן", "eitan"), ("שירה", "shira"), ("דוד", "david"), ("תמר", "tamar"), ("יונתן", "yonatan"), ("אביגיל", "avigail"), ("משה", "moshe")],
        &[("כהן", "cohen"), ("לוי", "levi"), ("בן-דוד", "ben-david"), ("מזרחי", "mizrahi"), ("פרץ", "peretz"), ("אברהם", "avraham"), ("שפירא", "shapira"), ("גולדברג", "goldberg")]),
    culture(("Devanagari", "hi-IN"), ("Asia/Kolkata", "मुंबई", "+91 22 5550"),
        &[("प्रिया", "priya"), ("अर्जुन", "arjun"), ("लक्ष्मी", "lakshmi"), ("कृष्ण", "krishna"), ("अनन्या", "ananya"), ("विक्रम", "vikram"), ("श्रेया", "shreya"), ("राहुल", "rahul")],
        &[("शर्मा", "sharma"), ("पटेल", "patel"), ("गुप्ता", "gupta"), ("सिंह", "singh"), ("अय्यर", "iyer"), ("चट्टोपाध्याय", "chattopadhyay"), ("देशपांडे", "deshpande"), ("मिश्रा", "mishra")]),
    family_first(culture(("Han", "zh-CN"), ("Asia/Shanghai", "上海", "+86 21 5550"),
        &[("伟", "wei"), ("秀英", "xiuying"), ("娜", "na"), ("志强", "zhiqiang"), ("静", "jing"), ("子轩", "zixuan"), ("雨桐", "yutong"), ("𠮷", "ji")],
        &[("王", "wang"), ("李", "li"), ("张", "zhang"), ("欧阳", "ouyang"), ("陈", "chen"), ("赵", "zhao"), ("司马", "sima"), ("黄", "huang")])),
    family_first(culture(("Hiragana and Katakana", "ja-JP"), ("Asia/Tokyo", "東京", "+81 3 5550"),
        &[("太郎", "taro"), ("さくら", "sakura"), ("健一", "kenichi"), ("ユキ", "yuki"), ("花子", "hanako"), ("翔", "sho"), ("みどり", "midori"), ("ジョン", "john")],
        &[("山田", "yamada"), ("髙橋", "takahashi"), ("佐々木", "sasaki"), ("渡邉", "watanabe"), ("鈴木", "suzuki"), ("小野", "ono"), ("斎藤", "saito"), ("伊藤", "ito")])),
    family_first(culture(("Hangul", "ko-KR"), ("Asia/Seoul", "서울", "+82 2 555"),
        &[("민준", "minjun"), ("서연", "seoyeon"), ("지훈", "jihoon"), ("하은", "haeun"), ("도윤", "doyun"), ("수빈", "subin"), ("예준", "yejun"), ("지우", "jiwoo")],
        &[("김", "kim"), ("이", "lee"), ("박", "park"), ("최", "choi"), ("정", "jung"), ("남궁", "namgung"), ("강", "kang"), ("윤", "yoon")])),
    culture(("Thai", "th-TH"), ("Asia/Bangkok", "กรุงเทพฯ", "+66 2 555"),
        &[("สมชาย", "somchai"), ("กัญญา", "kanya"), ("ณัฐพล", "nattapon"), ("พิมพ์ชนก", "pimchanok"), ("วีระ", "wira"), ("สุดา", "suda"), ("ธนา", "thana"), ("มาลี", "mali")],
        &[("ศรีสุข", "srisuk"), ("จันทร์เพ็ญ", "chanphen"), ("ทองดี", "thongdee"), ("รัตนกุล", "rattanakul"), ("วงศ์สวัสดิ์", "wongsawat"), ("แก้วมณี", "kaewmanee"), ("บุญมี", "boonmee"), ("สุวรรณ", "suwan")]),
    culture(("Curiosities", "en-GB"), ("Europe/London", "London", "+44 20 5550"),
        &[("Y", "y"), ("Zoe\u{308}", "zoe"), ("Hubert Blaine Wolfeschlegelstein", "hubert"), ("Pablo Diego José Francisco de Paula Juan Nepomuceno María de los Remedios", "pablo"), ("X Æ", "xae"), ("True", "true"), ("Rhoshandiatellyneshiaunneveshenk", "rhoshandiatellyneshiaunneveshenk"), ("Jr.", "jr")],
        &[("E", "e"), ("Null", "null"), ("Wolfeschlegelsteinhausenbergerdorff", "wolfeschlegelsteinhausenbergerdorff"), ("Keihanaikukauakahihuliheekahaunaele", "keihanaikukauakahihuliheekahaunaele"), ("Featherstonehaugh-Cholmondeley", "featherstonehaugh-cholmondeley"), ("Test", "test"), ("d'Ünglert \"Bob\" & Søn", "dunglert"), ("Ng", "ng")]),
];
