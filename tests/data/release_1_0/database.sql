BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0005');
CREATE TABLE discards (
	prefix TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_discards PRIMARY KEY (prefix)
);
INSERT INTO "discards" VALUES('jobs/7c083d9c5654bd5ff541464883d3119b/',1767258129000000);
CREATE TABLE estimates (
	id INTEGER NOT NULL, 
	device VARCHAR(200) NOT NULL, 
	backbone VARCHAR(64) NOT NULL, 
	expected_s FLOAT NOT NULL, 
	painted_s FLOAT NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_estimates PRIMARY KEY (id)
);
INSERT INTO "estimates" VALUES(1,'studio x86_64 x2','compact/float32',8.016384,7.19999999999890860635e+00,1767258035000000);
INSERT INTO "estimates" VALUES(2,'studio x86_64 x2','compact/float32',1.21199999999981613998e+02,3.90999999999644387571e+00,1767258061000000);
CREATE TABLE events (
	id INTEGER NOT NULL, 
	job_id VARCHAR(32) NOT NULL, 
	at BIGINT NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	detail TEXT NOT NULL, 
	CONSTRAINT pk_events PRIMARY KEY (id), 
	CONSTRAINT fk_events_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
INSERT INTO "events" VALUES(1,'b6c18c7090fc029dc1ec0f6022aa540b',1767258007000000,'submitted','');
INSERT INTO "events" VALUES(2,'b6c18c7090fc029dc1ec0f6022aa540b',1767258009000000,'claimed','');
INSERT INTO "events" VALUES(3,'b6c18c7090fc029dc1ec0f6022aa540b',1767258010000000,'steered','{"step": 1, "strength": 80.0, "keep_colours": 40.0, "style_weights": [40.0, 60.0]}');
INSERT INTO "events" VALUES(4,'b6c18c7090fc029dc1ec0f6022aa540b',1767258018000000,'finished','');
INSERT INTO "events" VALUES(5,'fd110b28cfc998d73aa86b39b8bd43f8',1767258020000000,'submitted','');
INSERT INTO "events" VALUES(6,'fd110b28cfc998d73aa86b39b8bd43f8',1767258022000000,'claimed','');
INSERT INTO "events" VALUES(7,'fd110b28cfc998d73aa86b39b8bd43f8',1767258024000000,'finished','');
INSERT INTO "events" VALUES(8,'618d10f2a4ebc95f61eab7e95718ef99',1767258027000000,'submitted','');
INSERT INTO "events" VALUES(9,'618d10f2a4ebc95f61eab7e95718ef99',1767258029000000,'claimed','');
INSERT INTO "events" VALUES(10,'618d10f2a4ebc95f61eab7e95718ef99',1767258033000000,'finished','');
INSERT INTO "events" VALUES(11,'5e6511a99ed412a63f1e6af16cb430d2',1767258038000000,'submitted','');
INSERT INTO "events" VALUES(12,'5e6511a99ed412a63f1e6af16cb430d2',1767258040000000,'claimed','');
INSERT INTO "events" VALUES(13,'5e6511a99ed412a63f1e6af16cb430d2',1767258044000000,'finished','');
INSERT INTO "events" VALUES(14,'b2b8c55121851c3e8df775143e2e0343',1767258046000000,'submitted','');
INSERT INTO "events" VALUES(15,'b2b8c55121851c3e8df775143e2e0343',1767258048000000,'claimed','');
INSERT INTO "events" VALUES(16,'b2b8c55121851c3e8df775143e2e0343',1767258049000000,'stop asked for','');
INSERT INTO "events" VALUES(17,'b2b8c55121851c3e8df775143e2e0343',1767258053000000,'stopped','');
INSERT INTO "events" VALUES(18,'ed22f87fb4ee1110d33a932a9568487d',1767258055000000,'submitted','');
INSERT INTO "events" VALUES(19,'ed22f87fb4ee1110d33a932a9568487d',1767258057000000,'claimed','');
INSERT INTO "events" VALUES(20,'ed22f87fb4ee1110d33a932a9568487d',1767258059000000,'finished','');
INSERT INTO "events" VALUES(21,'347a3e74e71c5dd51cce20fe1fb6adcc',1767258064000000,'submitted','');
INSERT INTO "events" VALUES(22,'347a3e74e71c5dd51cce20fe1fb6adcc',1767258066000000,'claimed','');
INSERT INTO "events" VALUES(23,'347a3e74e71c5dd51cce20fe1fb6adcc',1767258068000000,'failed','The style “lost.png” is not there any more; send it again.');
INSERT INTO "events" VALUES(24,'0a7fdfe51032eac98aa1a7b2969b4f75',1767258071000000,'submitted','');
INSERT INTO "events" VALUES(25,'0a7fdfe51032eac98aa1a7b2969b4f75',1767258073000000,'claimed','');
INSERT INTO "events" VALUES(26,'0a7fdfe51032eac98aa1a7b2969b4f75',1767258075000000,'finished','');
INSERT INTO "events" VALUES(27,'138ae0af796b1132af7281a4ee6398e7',1767258077000000,'submitted','');
INSERT INTO "events" VALUES(28,'138ae0af796b1132af7281a4ee6398e7',1767258079000000,'claimed','');
INSERT INTO "events" VALUES(29,'138ae0af796b1132af7281a4ee6398e7',1767258081000000,'finished','');
INSERT INTO "events" VALUES(30,'d94ddddbbe471d3f9bbbdeb7664e104a',1767258083000000,'submitted','');
INSERT INTO "events" VALUES(31,'d94ddddbbe471d3f9bbbdeb7664e104a',1767258085000000,'claimed','');
INSERT INTO "events" VALUES(32,'d94ddddbbe471d3f9bbbdeb7664e104a',1767258087000000,'finished','');
INSERT INTO "events" VALUES(33,'8b403f6d6f002c350a6d7cfc47849318',1767258092000000,'submitted','');
INSERT INTO "events" VALUES(34,'8b403f6d6f002c350a6d7cfc47849318',1767258094000000,'claimed','');
INSERT INTO "events" VALUES(35,'8b403f6d6f002c350a6d7cfc47849318',1767258096000000,'finished','');
INSERT INTO "events" VALUES(36,'9f16f4b872a1696c1160977295b500aa',1767258098000000,'submitted','');
INSERT INTO "events" VALUES(37,'9f16f4b872a1696c1160977295b500aa',1767258100000000,'claimed','');
INSERT INTO "events" VALUES(38,'9f16f4b872a1696c1160977295b500aa',1767258101000000,'steered','{"step": 1, "strength": 70.0, "style_weights": [80.0, 20.0]}');
INSERT INTO "events" VALUES(39,'9f16f4b872a1696c1160977295b500aa',1767258104000000,'pause asked for','');
INSERT INTO "events" VALUES(40,'9f16f4b872a1696c1160977295b500aa',1767258106000000,'handed over','');
INSERT INTO "events" VALUES(41,'9f16f4b872a1696c1160977295b500aa',1767258107000000,'paused','');
INSERT INTO "events" VALUES(42,'460310cc082aca16173fead2ccd9240e',1767258109000000,'submitted','');
INSERT INTO "events" VALUES(43,'460310cc082aca16173fead2ccd9240e',1767258111000000,'claimed','');
INSERT INTO "events" VALUES(44,'fd667877ca0bf0b185ad434bac70aa81',1767258113000000,'submitted','');
INSERT INTO "events" VALUES(45,'fd667877ca0bf0b185ad434bac70aa81',1767258115000000,'claimed','');
INSERT INTO "events" VALUES(46,'fd667877ca0bf0b185ad434bac70aa81',1767258118000000,'handed over','');
INSERT INTO "events" VALUES(47,'cc78db7af7b57d1568298cb031cc308a',1767258120000000,'submitted','');
INSERT INTO "events" VALUES(48,'b76d25cb5c6e232b9a47f8f62928599a',1767258122000000,'submitted','');
INSERT INTO "events" VALUES(49,'b76d25cb5c6e232b9a47f8f62928599a',1767258123000000,'moved','1');
INSERT INTO "events" VALUES(50,'4f0b22d6c868614e89672d04b1667e97',1767258125000000,'submitted','');
INSERT INTO "events" VALUES(51,'7c083d9c5654bd5ff541464883d3119b',1767258127000000,'submitted','');
INSERT INTO "events" VALUES(52,'7c083d9c5654bd5ff541464883d3119b',1767258130000000,'cancelled','');
INSERT INTO "events" VALUES(53,'6b9f6f183b005d8e8bf962ca4e8d2fd1',1767258132000000,'submitted','');
INSERT INTO "events" VALUES(54,'c0608cefcf4fa60dc4d04938936ced91',1767258134000000,'submitted','');
INSERT INTO "events" VALUES(55,'3a99b2bee467ea12a3277ef3829bf16b',1767258136000000,'submitted','');
INSERT INTO "events" VALUES(56,'18091531cfaecc91b5ac6792978fdffb',1767258138000000,'submitted','');
INSERT INTO "events" VALUES(57,'a6cb767020dc37ea4b7c90f99a32f7cd',1767258140000000,'submitted','');
INSERT INTO "events" VALUES(58,'42939dde0f7ceb97abba1b04b7817964',1767258142000000,'submitted','');
CREATE TABLE frames (
	job_id VARCHAR(32) NOT NULL, 
	place INTEGER NOT NULL, 
	step INTEGER NOT NULL, 
	progress FLOAT NOT NULL, 
	"key" TEXT NOT NULL, 
	width INTEGER NOT NULL, 
	height INTEGER NOT NULL, 
	CONSTRAINT pk_frames PRIMARY KEY (job_id, place), 
	CONSTRAINT fk_frames_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
INSERT INTO "frames" VALUES('b6c18c7090fc029dc1ec0f6022aa540b',4,1,6.66666666666666657414e-02,'jobs/b6c18c7090fc029dc1ec0f6022aa540b/b0003b9507c20901e3d0533c01064c22/frames/1.jpg',32,32);
INSERT INTO "frames" VALUES('b6c18c7090fc029dc1ec0f6022aa540b',8,2,1.33333333333333331482e-01,'jobs/b6c18c7090fc029dc1ec0f6022aa540b/b0003b9507c20901e3d0533c01064c22/frames/2.jpg',32,32);
INSERT INTO "frames" VALUES('b6c18c7090fc029dc1ec0f6022aa540b',12,3,0.2,'jobs/b6c18c7090fc029dc1ec0f6022aa540b/b0003b9507c20901e3d0533c01064c22/frames/3.jpg',32,32);
INSERT INTO "frames" VALUES('b6c18c7090fc029dc1ec0f6022aa540b',28,4,4.66666666666666674068e-01,'jobs/b6c18c7090fc029dc1ec0f6022aa540b/b0003b9507c20901e3d0533c01064c22/frames/4.jpg',64,64);
INSERT INTO "frames" VALUES('b6c18c7090fc029dc1ec0f6022aa540b',44,5,7.33333333333333281522e-01,'jobs/b6c18c7090fc029dc1ec0f6022aa540b/b0003b9507c20901e3d0533c01064c22/frames/5.jpg',64,64);
INSERT INTO "frames" VALUES('618d10f2a4ebc95f61eab7e95718ef99',30,1,0.5,'jobs/618d10f2a4ebc95f61eab7e95718ef99/f6395026120be81ca15ebbf6070088c6/frames/1.jpg',64,64);
INSERT INTO "frames" VALUES('5e6511a99ed412a63f1e6af16cb430d2',12,1,0.2,'jobs/5e6511a99ed412a63f1e6af16cb430d2/96729f2c92fc0ac79532142d9805ea7a/frames/1.jpg',32,32);
INSERT INTO "frames" VALUES('b2b8c55121851c3e8df775143e2e0343',6,1,1.11111111111111104943e-01,'jobs/b2b8c55121851c3e8df775143e2e0343/0bcbb372547ba0671c97359531e58128/frames/1.jpg',64,64);
INSERT INTO "frames" VALUES('b2b8c55121851c3e8df775143e2e0343',13,2,2.22222222222222209886e-01,'jobs/b2b8c55121851c3e8df775143e2e0343/0bcbb372547ba0671c97359531e58128/frames/2.jpg',64,64);
INSERT INTO "frames" VALUES('b2b8c55121851c3e8df775143e2e0343',20,3,3.33333333333333314829e-01,'jobs/b2b8c55121851c3e8df775143e2e0343/0bcbb372547ba0671c97359531e58128/frames/3.jpg',64,64);
INSERT INTO "frames" VALUES('ed22f87fb4ee1110d33a932a9568487d',1,1,0.02,'jobs/ed22f87fb4ee1110d33a932a9568487d/32909eacb4032176be90e2e5b972b066/frames/1.jpg',64,64);
INSERT INTO "frames" VALUES('ed22f87fb4ee1110d33a932a9568487d',6,5,0.1,'jobs/ed22f87fb4ee1110d33a932a9568487d/32909eacb4032176be90e2e5b972b066/frames/5.jpg',64,64);
INSERT INTO "frames" VALUES('ed22f87fb4ee1110d33a932a9568487d',10,9,0.18,'jobs/ed22f87fb4ee1110d33a932a9568487d/32909eacb4032176be90e2e5b972b066/frames/9.jpg',64,64);
INSERT INTO "frames" VALUES('ed22f87fb4ee1110d33a932a9568487d',15,13,0.26,'jobs/ed22f87fb4ee1110d33a932a9568487d/32909eacb4032176be90e2e5b972b066/frames/13.jpg',64,64);
INSERT INTO "frames" VALUES('ed22f87fb4ee1110d33a932a9568487d',20,17,0.34,'jobs/ed22f87fb4ee1110d33a932a9568487d/32909eacb4032176be90e2e5b972b066/frames/17.jpg',64,64);
INSERT INTO "frames" VALUES('ed22f87fb4ee1110d33a932a9568487d',25,21,0.42,'jobs/ed22f87fb4ee1110d33a932a9568487d/32909eacb4032176be90e2e5b972b066/frames/21.jpg',64,64);
INSERT INTO "frames" VALUES('ed22f87fb4ee1110d33a932a9568487d',30,25,0.5,'jobs/ed22f87fb4ee1110d33a932a9568487d/32909eacb4032176be90e2e5b972b066/frames/25.jpg',64,64);
INSERT INTO "frames" VALUES('ed22f87fb4ee1110d33a932a9568487d',34,29,0.58,'jobs/ed22f87fb4ee1110d33a932a9568487d/32909eacb4032176be90e2e5b972b066/frames/29.jpg',64,64);
INSERT INTO "frames" VALUES('ed22f87fb4ee1110d33a932a9568487d',39,33,0.66,'jobs/ed22f87fb4ee1110d33a932a9568487d/32909eacb4032176be90e2e5b972b066/frames/33.jpg',64,64);
INSERT INTO "frames" VALUES('ed22f87fb4ee1110d33a932a9568487d',44,37,0.74,'jobs/ed22f87fb4ee1110d33a932a9568487d/32909eacb4032176be90e2e5b972b066/frames/37.jpg',64,64);
INSERT INTO "frames" VALUES('ed22f87fb4ee1110d33a932a9568487d',49,41,0.82,'jobs/ed22f87fb4ee1110d33a932a9568487d/32909eacb4032176be90e2e5b972b066/frames/41.jpg',64,64);
INSERT INTO "frames" VALUES('ed22f87fb4ee1110d33a932a9568487d',54,45,0.9,'jobs/ed22f87fb4ee1110d33a932a9568487d/32909eacb4032176be90e2e5b972b066/frames/45.jpg',64,64);
INSERT INTO "frames" VALUES('ed22f87fb4ee1110d33a932a9568487d',58,49,0.98,'jobs/ed22f87fb4ee1110d33a932a9568487d/32909eacb4032176be90e2e5b972b066/frames/49.jpg',64,64);
INSERT INTO "frames" VALUES('9f16f4b872a1696c1160977295b500aa',2,1,0.04,'jobs/9f16f4b872a1696c1160977295b500aa/f36552bee08c368e3cb16035045b1144/frames/1.jpg',32,32);
INSERT INTO "frames" VALUES('9f16f4b872a1696c1160977295b500aa',4,2,0.08,'jobs/9f16f4b872a1696c1160977295b500aa/f36552bee08c368e3cb16035045b1144/frames/2.jpg',32,32);
INSERT INTO "frames" VALUES('9f16f4b872a1696c1160977295b500aa',7,3,0.12,'jobs/9f16f4b872a1696c1160977295b500aa/f36552bee08c368e3cb16035045b1144/frames/3.jpg',32,32);
INSERT INTO "frames" VALUES('9f16f4b872a1696c1160977295b500aa',9,4,0.16,'jobs/9f16f4b872a1696c1160977295b500aa/f36552bee08c368e3cb16035045b1144/frames/4.jpg',32,32);
INSERT INTO "frames" VALUES('fd667877ca0bf0b185ad434bac70aa81',2,1,3.33333333333333328707e-02,'jobs/fd667877ca0bf0b185ad434bac70aa81/2d19d87fe775ed81601175e841bc7c43/frames/1.jpg',32,32);
INSERT INTO "frames" VALUES('fd667877ca0bf0b185ad434bac70aa81',4,2,6.66666666666666657414e-02,'jobs/fd667877ca0bf0b185ad434bac70aa81/2d19d87fe775ed81601175e841bc7c43/frames/2.jpg',32,32);
INSERT INTO "frames" VALUES('fd667877ca0bf0b185ad434bac70aa81',6,3,0.1,'jobs/fd667877ca0bf0b185ad434bac70aa81/2d19d87fe775ed81601175e841bc7c43/frames/3.jpg',32,32);
CREATE TABLE job_parts (
	job_id VARCHAR(32) NOT NULL, 
	part VARCHAR(16) NOT NULL, 
	place INTEGER NOT NULL, 
	upload_id VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_job_parts PRIMARY KEY (job_id, part, place), 
	CONSTRAINT fk_job_parts_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE, 
	CONSTRAINT fk_job_parts_upload_id FOREIGN KEY(upload_id) REFERENCES uploads (id)
);
INSERT INTO "job_parts" VALUES('b6c18c7090fc029dc1ec0f6022aa540b','mask',0,'ede2f2742c36b72c5e9e94afff4b984d');
INSERT INTO "job_parts" VALUES('b6c18c7090fc029dc1ec0f6022aa540b','content_mask',0,'ede2f2742c36b72c5e9e94afff4b984d');
INSERT INTO "job_parts" VALUES('618d10f2a4ebc95f61eab7e95718ef99','mask',0,'ede2f2742c36b72c5e9e94afff4b984d');
INSERT INTO "job_parts" VALUES('618d10f2a4ebc95f61eab7e95718ef99','content_mask',0,'ede2f2742c36b72c5e9e94afff4b984d');
INSERT INTO "job_parts" VALUES('618d10f2a4ebc95f61eab7e95718ef99','start',0,'5485e9da791cb91437f6512646466962');
INSERT INTO "job_parts" VALUES('5e6511a99ed412a63f1e6af16cb430d2','mask',0,'ede2f2742c36b72c5e9e94afff4b984d');
INSERT INTO "job_parts" VALUES('5e6511a99ed412a63f1e6af16cb430d2','content_mask',0,'ede2f2742c36b72c5e9e94afff4b984d');
INSERT INTO "job_parts" VALUES('5e6511a99ed412a63f1e6af16cb430d2','start',0,'c267961ec5e25b44380aab74c13a754d');
INSERT INTO "job_parts" VALUES('9f16f4b872a1696c1160977295b500aa','mask',1,'ede2f2742c36b72c5e9e94afff4b984d');
CREATE TABLE job_styles (
	job_id VARCHAR(32) NOT NULL, 
	place INTEGER NOT NULL, 
	upload_id VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_job_styles PRIMARY KEY (job_id, place), 
	CONSTRAINT fk_job_styles_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE, 
	CONSTRAINT fk_job_styles_upload_id FOREIGN KEY(upload_id) REFERENCES uploads (id)
);
INSERT INTO "job_styles" VALUES('b6c18c7090fc029dc1ec0f6022aa540b',0,'b93f767d43ebe85377977a1330c8ff3f');
INSERT INTO "job_styles" VALUES('b6c18c7090fc029dc1ec0f6022aa540b',1,'28a2e65a09eeb06103f5d76b0f349b48');
INSERT INTO "job_styles" VALUES('618d10f2a4ebc95f61eab7e95718ef99',0,'b93f767d43ebe85377977a1330c8ff3f');
INSERT INTO "job_styles" VALUES('618d10f2a4ebc95f61eab7e95718ef99',1,'28a2e65a09eeb06103f5d76b0f349b48');
INSERT INTO "job_styles" VALUES('5e6511a99ed412a63f1e6af16cb430d2',0,'b93f767d43ebe85377977a1330c8ff3f');
INSERT INTO "job_styles" VALUES('5e6511a99ed412a63f1e6af16cb430d2',1,'28a2e65a09eeb06103f5d76b0f349b48');
INSERT INTO "job_styles" VALUES('b2b8c55121851c3e8df775143e2e0343',0,'ef5b1eff5ee4745c1c0c680bc4159f6b');
INSERT INTO "job_styles" VALUES('ed22f87fb4ee1110d33a932a9568487d',0,'b93f767d43ebe85377977a1330c8ff3f');
INSERT INTO "job_styles" VALUES('347a3e74e71c5dd51cce20fe1fb6adcc',0,'b4453cdfa67eb90060ab46700a2f1189');
INSERT INTO "job_styles" VALUES('0a7fdfe51032eac98aa1a7b2969b4f75',0,'28a2e65a09eeb06103f5d76b0f349b48');
INSERT INTO "job_styles" VALUES('138ae0af796b1132af7281a4ee6398e7',0,'28a2e65a09eeb06103f5d76b0f349b48');
INSERT INTO "job_styles" VALUES('d94ddddbbe471d3f9bbbdeb7664e104a',0,'28a2e65a09eeb06103f5d76b0f349b48');
INSERT INTO "job_styles" VALUES('9f16f4b872a1696c1160977295b500aa',0,'b93f767d43ebe85377977a1330c8ff3f');
INSERT INTO "job_styles" VALUES('9f16f4b872a1696c1160977295b500aa',1,'28a2e65a09eeb06103f5d76b0f349b48');
INSERT INTO "job_styles" VALUES('460310cc082aca16173fead2ccd9240e',0,'b93f767d43ebe85377977a1330c8ff3f');
INSERT INTO "job_styles" VALUES('fd667877ca0bf0b185ad434bac70aa81',0,'b93f767d43ebe85377977a1330c8ff3f');
INSERT INTO "job_styles" VALUES('cc78db7af7b57d1568298cb031cc308a',0,'b93f767d43ebe85377977a1330c8ff3f');
INSERT INTO "job_styles" VALUES('b76d25cb5c6e232b9a47f8f62928599a',0,'28a2e65a09eeb06103f5d76b0f349b48');
INSERT INTO "job_styles" VALUES('7c083d9c5654bd5ff541464883d3119b',0,'b93f767d43ebe85377977a1330c8ff3f');
INSERT INTO "job_styles" VALUES('6b9f6f183b005d8e8bf962ca4e8d2fd1',0,'b93f767d43ebe85377977a1330c8ff3f');
INSERT INTO "job_styles" VALUES('c0608cefcf4fa60dc4d04938936ced91',0,'b93f767d43ebe85377977a1330c8ff3f');
INSERT INTO "job_styles" VALUES('3a99b2bee467ea12a3277ef3829bf16b',0,'b93f767d43ebe85377977a1330c8ff3f');
INSERT INTO "job_styles" VALUES('18091531cfaecc91b5ac6792978fdffb',0,'b93f767d43ebe85377977a1330c8ff3f');
INSERT INTO "job_styles" VALUES('a6cb767020dc37ea4b7c90f99a32f7cd',0,'b93f767d43ebe85377977a1330c8ff3f');
INSERT INTO "job_styles" VALUES('42939dde0f7ceb97abba1b04b7817964',0,'b93f767d43ebe85377977a1330c8ff3f');
CREATE TABLE jobs (
	id VARCHAR(32) NOT NULL, 
	owner VARCHAR(64) NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	title TEXT NOT NULL, 
	recipe TEXT NOT NULL, 
	recipe_version INTEGER NOT NULL, 
	order_token VARCHAR(64) NOT NULL, 
	content_id VARCHAR(32) NOT NULL, 
	parent_id VARCHAR(32), 
	created_at BIGINT NOT NULL, 
	started_at BIGINT, 
	finished_at BIGINT, 
	turn BIGINT NOT NULL, 
	interrupted BOOLEAN NOT NULL, 
	claim_no BIGINT NOT NULL, 
	token VARCHAR(32), 
	beat BIGINT NOT NULL, 
	patience_s FLOAT NOT NULL, 
	worker_host TEXT, 
	worker_pid INTEGER, 
	worker_started TEXT, 
	attempts INTEGER NOT NULL, 
	step INTEGER NOT NULL, 
	progress FLOAT NOT NULL, 
	checkpoint_key TEXT, 
	checkpoint_step INTEGER NOT NULL, 
	frame_key TEXT, 
	painted_s FLOAT NOT NULL, 
	backbone VARCHAR(32), 
	stop_wished BOOLEAN NOT NULL, 
	pause_wished BOOLEAN NOT NULL, 
	reason TEXT, 
	result_key TEXT, 
	thumbnail_key TEXT, 
	width INTEGER, 
	height INTEGER, 
	bytes BIGINT, parent_step INTEGER, sheet BOOLEAN DEFAULT 0 NOT NULL, tones VARCHAR(27), 
	CONSTRAINT pk_jobs PRIMARY KEY (id), 
	CONSTRAINT fk_jobs_content_id FOREIGN KEY(content_id) REFERENCES uploads (id), 
	CONSTRAINT fk_jobs_parent_id FOREIGN KEY(parent_id) REFERENCES jobs (id) ON DELETE SET NULL, 
	CONSTRAINT uq_jobs_owner_order_token UNIQUE (owner, order_token)
);
INSERT INTO "jobs" VALUES('b6c18c7090fc029dc1ec0f6022aa540b','b8cafd93270fcc0380dac23407ad6b76','finished','paint','Two styles, steered','{"version": 1, "size": 64, "quality": "screen", "paper": "none", "paper_cm": 30.0, "strength": 80.0, "brush_size": 60.0, "keep_colours": 40.0, "smoothness": 20.0, "style_weights": [40.0, 60.0], "brush": "", "backbone": "compact", "style_layers": [], "style_layer_weights": [], "content_layers": [], "content_layer_weights": [], "content_weight": null, "style_weight": null, "tv_weight": null, "patch_share": 0.0, "patch_layers": [], "pooling": "max", "precision": "float32", "optimizer": "lbfgs", "learning_rate": 0.02, "max_steps": 3, "scales": 2, "start": "content", "start_noise": 50.0, "seed": 3, "colour_method": "mean_covariance"}',1,'f82d55d6771522e02d3fa2ac05c6fae264725d401729623793f7f7cb37ac6a8b','77b8d6d205980b47c5f949a783b684cf',NULL,1767258006000000,1767258008000000,1767258015000000,1,0,1,NULL,10,120.0,'studio pid:[1]',7,'boot 1',0,6,1.0,NULL,6,NULL,2.06999999999968622424e+01,'compact',0,0,NULL,'jobs/b6c18c7090fc029dc1ec0f6022aa540b/b0003b9507c20901e3d0533c01064c22/result.png','jobs/b6c18c7090fc029dc1ec0f6022aa540b/b0003b9507c20901e3d0533c01064c22/thumbnail.webp',64,64,7810,NULL,0,'79d8ab9ab79a8987a7473473373');
INSERT INTO "jobs" VALUES('fd110b28cfc998d73aa86b39b8bd43f8','b8cafd93270fcc0380dac23407ad6b76','finished','draft','A field, after The Starry Night','{"version": 1, "size": 64, "quality": "screen", "paper": "none", "paper_cm": 30.0, "strength": 50.0, "brush_size": 100.0, "keep_colours": 0.0, "smoothness": 20.0, "style_weights": [], "brush": "starry_night", "backbone": "auto", "style_layers": [], "style_layer_weights": [], "content_layers": [], "content_layer_weights": [], "content_weight": null, "style_weight": null, "tv_weight": null, "patch_share": 0.0, "patch_layers": [], "pooling": "max", "precision": "auto", "optimizer": "lbfgs", "learning_rate": 0.02, "max_steps": null, "scales": null, "start": "content", "start_noise": 50.0, "seed": 0, "colour_method": "luminance"}',0,'90f2558b8f41a8380ae7fe99643975aecba4c7b42c2d5e8d76aa11cf5bc01280','77b8d6d205980b47c5f949a783b684cf',NULL,1767258019000000,1767258021000000,1767258023000000,2,0,2,NULL,2,120.0,'studio pid:[1]',7,'boot 1',1,0,0.0,NULL,0,NULL,1.19999999999981810105e+00,'brush',0,0,NULL,'jobs/fd110b28cfc998d73aa86b39b8bd43f8/bfdcb1693714063d9ce87309098d2008/result.png','jobs/fd110b28cfc998d73aa86b39b8bd43f8/bfdcb1693714063d9ce87309098d2008/thumbnail.webp',64,64,9233,NULL,0,'56a679678568568467233233223');
INSERT INTO "jobs" VALUES('618d10f2a4ebc95f61eab7e95718ef99','b8cafd93270fcc0380dac23407ad6b76','finished','paint','The one for the hall','{"version": 1, "size": 64, "quality": "screen", "paper": "none", "paper_cm": 30.0, "strength": 80.0, "brush_size": 120.0, "keep_colours": 40.0, "smoothness": 20.0, "style_weights": [40.0, 60.0], "brush": "", "backbone": "compact", "style_layers": [], "style_layer_weights": [], "content_layers": [], "content_layer_weights": [], "content_weight": null, "style_weight": null, "tv_weight": null, "patch_share": 0.0, "patch_layers": [], "pooling": "max", "precision": "float32", "optimizer": "lbfgs", "learning_rate": 0.02, "max_steps": 2, "scales": 1, "start": "image", "start_noise": 50.0, "seed": 3, "colour_method": "mean_covariance"}',0,'fa1297a53a4aba716d94ce8952454e3aba98238a59a7112cdc13b425432afd54','77b8d6d205980b47c5f949a783b684cf','b6c18c7090fc029dc1ec0f6022aa540b',1767258026000000,1767258028000000,1767258030000000,3,0,3,NULL,6,120.0,'studio pid:[1]',7,'boot 1',0,2,1.0,NULL,2,NULL,7.49999999999886313162e+00,'compact',0,0,NULL,'jobs/618d10f2a4ebc95f61eab7e95718ef99/f6395026120be81ca15ebbf6070088c6/result.png','jobs/618d10f2a4ebc95f61eab7e95718ef99/f6395026120be81ca15ebbf6070088c6/thumbnail.webp',64,64,8641,NULL,0,'79d8ab9ab79a7a87a7473473373');
INSERT INTO "jobs" VALUES('5e6511a99ed412a63f1e6af16cb430d2','b8cafd93270fcc0380dac23407ad6b76','finished','paint','Two styles, steered (further)','{"version": 1, "size": 64, "quality": "screen", "paper": "none", "paper_cm": 30.0, "strength": 80.0, "brush_size": 60.0, "keep_colours": 40.0, "smoothness": 20.0, "style_weights": [40.0, 60.0], "brush": "", "backbone": "compact", "style_layers": [], "style_layer_weights": [], "content_layers": [], "content_layer_weights": [], "content_weight": null, "style_weight": null, "tv_weight": null, "patch_share": 0.0, "patch_layers": [], "pooling": "max", "precision": "float32", "optimizer": "lbfgs", "learning_rate": 0.02, "max_steps": 1, "scales": 2, "start": "image", "start_noise": 50.0, "seed": 3, "colour_method": "mean_covariance"}',0,'3a4c538055cd794b4a512fc3470c3a6d4d839a86c1629d068b010fc6cf3c1ae4','77b8d6d205980b47c5f949a783b684cf','b6c18c7090fc029dc1ec0f6022aa540b',1767258037000000,1767258039000000,1767258041000000,4,0,4,NULL,6,120.0,'studio pid:[1]',7,'boot 1',0,2,1.0,NULL,2,NULL,7.49999999999886313162e+00,'compact',0,0,NULL,'jobs/5e6511a99ed412a63f1e6af16cb430d2/96729f2c92fc0ac79532142d9805ea7a/result.png','jobs/5e6511a99ed412a63f1e6af16cb430d2/96729f2c92fc0ac79532142d9805ea7a/thumbnail.webp',64,64,7325,1,0,'79d8ab9ab79a8997a7473473373');
INSERT INTO "jobs" VALUES('b2b8c55121851c3e8df775143e2e0343','b8cafd93270fcc0380dac23407ad6b76','stopped','paint','Enough','{"version": 1, "size": 64, "quality": "screen", "paper": "none", "paper_cm": 30.0, "strength": 50.0, "brush_size": 100.0, "keep_colours": 0.0, "smoothness": 20.0, "style_weights": [], "brush": "", "backbone": "compact", "style_layers": [], "style_layer_weights": [], "content_layers": [], "content_layer_weights": [], "content_weight": null, "style_weight": null, "tv_weight": null, "patch_share": 0.0, "patch_layers": [], "pooling": "max", "precision": "float32", "optimizer": "adam", "learning_rate": 0.02, "max_steps": 9, "scales": 1, "start": "content", "start_noise": 50.0, "seed": 0, "colour_method": "luminance"}',0,'f49e60c5677fa76b5a49a9940a7b0113d9165bcb36b179f796f5a9e1338e2539','77b8d6d205980b47c5f949a783b684cf',NULL,1767258045000000,1767258047000000,1767258050000000,5,0,5,NULL,8,120.0,'studio pid:[1]',7,'boot 1',0,3,3.33333333333333314829e-01,NULL,2,NULL,1.13999999999982719605e+01,'compact',0,0,NULL,'jobs/b2b8c55121851c3e8df775143e2e0343/0bcbb372547ba0671c97359531e58128/result.png','jobs/b2b8c55121851c3e8df775143e2e0343/0bcbb372547ba0671c97359531e58128/thumbnail.webp',64,64,6687,NULL,0,'79c9ab9ab79a8a8897473473373');
INSERT INTO "jobs" VALUES('ed22f87fb4ee1110d33a932a9568487d','b8cafd93270fcc0380dac23407ad6b76','finished','paint','Nothing done to it','{"version": 1, "size": 64, "quality": "sketch", "paper": "none", "paper_cm": 30.0, "strength": 50.0, "brush_size": 100.0, "keep_colours": 0.0, "smoothness": 20.0, "style_weights": [], "brush": "", "backbone": "compact", "style_layers": [], "style_layer_weights": [], "content_layers": [], "content_layer_weights": [], "content_weight": null, "style_weight": null, "tv_weight": null, "patch_share": 0.0, "patch_layers": [], "pooling": "max", "precision": "float32", "optimizer": "lbfgs", "learning_rate": 0.02, "max_steps": null, "scales": 1, "start": "content", "start_noise": 50.0, "seed": 0, "colour_method": "luminance"}',0,'620118a5322c604e80ccf80d11dd919a0528afca2d92865221cd4b980cb524c8','77b8d6d205980b47c5f949a783b684cf',NULL,1767258054000000,1767258056000000,1767258058000000,6,0,6,NULL,20,120.0,'studio pid:[1]',7,'boot 1',1,50,1.0,NULL,0,NULL,3.89999999999645297066e+00,'compact',0,0,NULL,'jobs/ed22f87fb4ee1110d33a932a9568487d/32909eacb4032176be90e2e5b972b066/result.png','jobs/ed22f87fb4ee1110d33a932a9568487d/32909eacb4032176be90e2e5b972b066/thumbnail.webp',64,64,9718,NULL,0,'99aaa5ba28a4aa19a05a06904a0');
INSERT INTO "jobs" VALUES('347a3e74e71c5dd51cce20fe1fb6adcc','b8cafd93270fcc0380dac23407ad6b76','failed','paint','A field, after Lost','{"version": 1, "size": 64, "quality": "screen", "paper": "none", "paper_cm": 30.0, "strength": 50.0, "brush_size": 100.0, "keep_colours": 0.0, "smoothness": 20.0, "style_weights": [], "brush": "", "backbone": "compact", "style_layers": [], "style_layer_weights": [], "content_layers": [], "content_layer_weights": [], "content_weight": null, "style_weight": null, "tv_weight": null, "patch_share": 0.0, "patch_layers": [], "pooling": "max", "precision": "float32", "optimizer": "lbfgs", "learning_rate": 0.02, "max_steps": 3, "scales": 2, "start": "content", "start_noise": 50.0, "seed": 0, "colour_method": "luminance"}',0,'43214274cdfa1d9459a6746e955db7bc77960535b6e823750b9e3172027037f2','77b8d6d205980b47c5f949a783b684cf',NULL,1767258063000000,1767258065000000,1767258067000000,7,0,7,NULL,1,120.0,'studio pid:[1]',7,'boot 1',1,0,0.0,NULL,0,NULL,0.0,NULL,0,0,'The style “lost.png” is not there any more; send it again.',NULL,NULL,NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO "jobs" VALUES('0a7fdfe51032eac98aa1a7b2969b4f75','bin:b8cafd93270fcc0380dac23407ad6b76','finished','paint','deleted_long_ago','{"version": 1, "size": 64, "quality": "screen", "paper": "none", "paper_cm": 30.0, "strength": 50.0, "brush_size": 100.0, "keep_colours": 0.0, "smoothness": 20.0, "style_weights": [], "brush": "", "backbone": "compact", "style_layers": [], "style_layer_weights": [], "content_layers": [], "content_layer_weights": [], "content_weight": null, "style_weight": null, "tv_weight": null, "patch_share": 0.0, "patch_layers": [], "pooling": "max", "precision": "float32", "optimizer": "lbfgs", "learning_rate": 0.02, "max_steps": 1, "scales": 1, "start": "content", "start_noise": 50.0, "seed": 0, "colour_method": "luminance"}',0,'0a7fdfe51032eac98aa1a7b2969b4f75','77b8d6d205980b47c5f949a783b684cf',NULL,1767258070000000,1767258072000000,1767258074000000,8,0,8,NULL,5,120.0,'studio pid:[1]',7,'boot 1',1,1,1.0,NULL,0,NULL,3.89999999999940882844e+00,'compact',0,0,NULL,'jobs/0a7fdfe51032eac98aa1a7b2969b4f75/78155e6c37601054558a47a66fb10885/result.png','jobs/0a7fdfe51032eac98aa1a7b2969b4f75/78155e6c37601054558a47a66fb10885/thumbnail.webp',64,64,4939,NULL,0,'69d8ab9ab7aa7a97a7473473373');
INSERT INTO "jobs" VALUES('138ae0af796b1132af7281a4ee6398e7','bin:b8cafd93270fcc0380dac23407ad6b76','finished','paint','deleted_a','{"version": 1, "size": 64, "quality": "screen", "paper": "none", "paper_cm": 30.0, "strength": 50.0, "brush_size": 100.0, "keep_colours": 0.0, "smoothness": 20.0, "style_weights": [], "brush": "", "backbone": "compact", "style_layers": [], "style_layer_weights": [], "content_layers": [], "content_layer_weights": [], "content_weight": null, "style_weight": null, "tv_weight": null, "patch_share": 0.0, "patch_layers": [], "pooling": "max", "precision": "float32", "optimizer": "lbfgs", "learning_rate": 0.02, "max_steps": 1, "scales": 1, "start": "content", "start_noise": 50.0, "seed": 0, "colour_method": "luminance"}',0,'138ae0af796b1132af7281a4ee6398e7','77b8d6d205980b47c5f949a783b684cf',NULL,1767258076000000,1767258078000000,1767258080000000,9,0,9,NULL,5,120.0,'studio pid:[1]',7,'boot 1',1,1,1.0,NULL,0,NULL,3.89999999999940882844e+00,'compact',0,0,NULL,'jobs/138ae0af796b1132af7281a4ee6398e7/d7cea996b1154893081455d486bde0a0/result.png','jobs/138ae0af796b1132af7281a4ee6398e7/d7cea996b1154893081455d486bde0a0/thumbnail.webp',64,64,4932,NULL,0,'69d8ab9ab7aa7a97a7473473373');
INSERT INTO "jobs" VALUES('d94ddddbbe471d3f9bbbdeb7664e104a','bin:b8cafd93270fcc0380dac23407ad6b76','finished','paint','deleted_b','{"version": 1, "size": 64, "quality": "screen", "paper": "none", "paper_cm": 30.0, "strength": 50.0, "brush_size": 100.0, "keep_colours": 0.0, "smoothness": 20.0, "style_weights": [], "brush": "", "backbone": "compact", "style_layers": [], "style_layer_weights": [], "content_layers": [], "content_layer_weights": [], "content_weight": null, "style_weight": null, "tv_weight": null, "patch_share": 0.0, "patch_layers": [], "pooling": "max", "precision": "float32", "optimizer": "lbfgs", "learning_rate": 0.02, "max_steps": 1, "scales": 1, "start": "content", "start_noise": 50.0, "seed": 0, "colour_method": "luminance"}',0,'d94ddddbbe471d3f9bbbdeb7664e104a','77b8d6d205980b47c5f949a783b684cf',NULL,1767258082000000,1767258084000000,1767258086000000,10,0,10,NULL,5,120.0,'studio pid:[1]',7,'boot 1',1,1,1.0,NULL,0,NULL,3.89999999999940882844e+00,'compact',0,0,NULL,'jobs/d94ddddbbe471d3f9bbbdeb7664e104a/76a180e31cc2cb166c1dd60b651ae598/result.png','jobs/d94ddddbbe471d3f9bbbdeb7664e104a/76a180e31cc2cb166c1dd60b651ae598/thumbnail.webp',64,64,4932,NULL,0,'69d8ab9ab7aa7a97a7473473373');
INSERT INTO "jobs" VALUES('8b403f6d6f002c350a6d7cfc47849318','ca9715495f57a229c13485abfe09327a','finished','draft','Theirs, after The Great Wave','{"version": 1, "size": 64, "quality": "screen", "paper": "none", "paper_cm": 30.0, "strength": 50.0, "brush_size": 100.0, "keep_colours": 0.0, "smoothness": 20.0, "style_weights": [], "brush": "great_wave", "backbone": "auto", "style_layers": [], "style_layer_weights": [], "content_layers": [], "content_layer_weights": [], "content_weight": null, "style_weight": null, "tv_weight": null, "patch_share": 0.0, "patch_layers": [], "pooling": "max", "precision": "auto", "optimizer": "lbfgs", "learning_rate": 0.02, "max_steps": null, "scales": null, "start": "content", "start_noise": 50.0, "seed": 0, "colour_method": "luminance"}',0,'d35f915f5eb0d475cda79a57340d5974180315abf9a15ca8d0100cc6a5ff8d97','f09e5a983f4e9266d59269ebc4fd6ec9',NULL,1767258091000000,1767258093000000,1767258095000000,11,0,11,NULL,2,120.0,'studio pid:[1]',7,'boot 1',1,0,0.0,NULL,0,NULL,1.19999999999981810105e+00,'brush',0,0,NULL,'jobs/8b403f6d6f002c350a6d7cfc47849318/154e33affe35ecff131cfa4ec36c35e3/result.png','jobs/8b403f6d6f002c350a6d7cfc47849318/154e33affe35ecff131cfa4ec36c35e3/thumbnail.webp',64,64,9238,NULL,0,'ddbbba998bbaaa9888456466466');
INSERT INTO "jobs" VALUES('9f16f4b872a1696c1160977295b500aa','b8cafd93270fcc0380dac23407ad6b76','paused','paint','Half way','{"version": 1, "size": 64, "quality": "screen", "paper": "none", "paper_cm": 30.0, "strength": 70.0, "brush_size": 75.0, "keep_colours": 10.0, "smoothness": 20.0, "style_weights": [80.0, 20.0], "brush": "", "backbone": "compact", "style_layers": [], "style_layer_weights": [], "content_layers": [], "content_layer_weights": [], "content_weight": null, "style_weight": null, "tv_weight": null, "patch_share": 0.0, "patch_layers": [], "pooling": "max", "precision": "float32", "optimizer": "lbfgs", "learning_rate": 0.02, "max_steps": 5, "scales": 2, "start": "content", "start_noise": 50.0, "seed": 0, "colour_method": "luminance"}',1,'341bed0cc7c91691d11340b6d0d3b62eecde6667119d8a70dfcf5c9706684360','77b8d6d205980b47c5f949a783b684cf',NULL,1767258097000000,1767258099000000,NULL,15,0,12,NULL,8,1.6199999999999818101e+01,'studio pid:[1]',7,'boot 1',0,4,0.16,'jobs/9f16f4b872a1696c1160977295b500aa/f36552bee08c368e3cb16035045b1144/checkpoint-4.npz',4,'jobs/9f16f4b872a1696c1160977295b500aa/f36552bee08c368e3cb16035045b1144/frame-4.jpg',1.43999999999978172131e+01,'compact',0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO "jobs" VALUES('460310cc082aca16173fead2ccd9240e','b8cafd93270fcc0380dac23407ad6b76','painting','paint','Its worker was killed','{"version": 1, "size": 64, "quality": "screen", "paper": "none", "paper_cm": 30.0, "strength": 50.0, "brush_size": 100.0, "keep_colours": 0.0, "smoothness": 20.0, "style_weights": [], "brush": "", "backbone": "compact", "style_layers": [], "style_layer_weights": [], "content_layers": [], "content_layer_weights": [], "content_weight": null, "style_weight": null, "tv_weight": null, "patch_share": 0.0, "patch_layers": [], "pooling": "max", "precision": "float32", "optimizer": "lbfgs", "learning_rate": 0.02, "max_steps": 4, "scales": 2, "start": "content", "start_noise": 50.0, "seed": 0, "colour_method": "luminance"}',0,'84859a13130828e1dd526faf5e5b3784e25251126dec7346d29c7b9cc7323577','77b8d6d205980b47c5f949a783b684cf',NULL,1767258108000000,1767258110000000,NULL,13,0,13,'81d21659d7e433419a84375cd5adf574',2,15.0,'elsewhere',8,'boot 2',1,1,0.1,NULL,0,NULL,0.0,'compact',0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO "jobs" VALUES('fd667877ca0bf0b185ad434bac70aa81','b8cafd93270fcc0380dac23407ad6b76','queued','paint','In the middle','{"version": 1, "size": 64, "quality": "screen", "paper": "none", "paper_cm": 30.0, "strength": 50.0, "brush_size": 150.0, "keep_colours": 0.0, "smoothness": 35.0, "style_weights": [], "brush": "", "backbone": "compact", "style_layers": [], "style_layer_weights": [], "content_layers": [], "content_layer_weights": [], "content_weight": null, "style_weight": null, "tv_weight": null, "patch_share": 0.0, "patch_layers": [], "pooling": "max", "precision": "float32", "optimizer": "lbfgs", "learning_rate": 0.02, "max_steps": 6, "scales": 2, "start": "content", "start_noise": 50.0, "seed": 0, "colour_method": "luminance"}',0,'8a4e04ddbf9511f062f644ec439cb4666b424a86e93643f6993949d9686fd8fb','77b8d6d205980b47c5f949a783b684cf',NULL,1767258112000000,1767258114000000,NULL,14,1,14,NULL,7,1.6199999999999818101e+01,'studio pid:[1]',7,'boot 1',0,3,0.1,'jobs/fd667877ca0bf0b185ad434bac70aa81/2d19d87fe775ed81601175e841bc7c43/checkpoint-3.npz',3,'jobs/fd667877ca0bf0b185ad434bac70aa81/2d19d87fe775ed81601175e841bc7c43/frame-3.jpg',1.07999999999983629093e+01,'compact',0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO "jobs" VALUES('cc78db7af7b57d1568298cb031cc308a','b8cafd93270fcc0380dac23407ad6b76','queued','paint','Waits','{"version": 1, "size": 64, "quality": "screen", "paper": "none", "paper_cm": 30.0, "strength": 50.0, "brush_size": 40.0, "keep_colours": 0.0, "smoothness": 20.0, "style_weights": [], "brush": "", "backbone": "compact", "style_layers": [], "style_layer_weights": [], "content_layers": [], "content_layer_weights": [], "content_weight": null, "style_weight": null, "tv_weight": null, "patch_share": 0.0, "patch_layers": [], "pooling": "max", "precision": "float32", "optimizer": "lbfgs", "learning_rate": 0.02, "max_steps": 3, "scales": 2, "start": "blend", "start_noise": 20.0, "seed": 0, "colour_method": "luminance"}',0,'00be4a996aa5b801df4019dfd9036dbe01f344bafe4daf980774ddec63755625','77b8d6d205980b47c5f949a783b684cf',NULL,1767258119000000,NULL,NULL,16,0,0,NULL,0,0.0,NULL,NULL,NULL,0,0,0.0,NULL,0,NULL,0.0,NULL,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO "jobs" VALUES('b76d25cb5c6e232b9a47f8f62928599a','b8cafd93270fcc0380dac23407ad6b76','queued','paint','Was moved to the front','{"version": 1, "size": 64, "quality": "screen", "paper": "none", "paper_cm": 30.0, "strength": 50.0, "brush_size": 200.0, "keep_colours": 0.0, "smoothness": 20.0, "style_weights": [], "brush": "", "backbone": "compact", "style_layers": [], "style_layer_weights": [], "content_layers": [], "content_layer_weights": [], "content_weight": null, "style_weight": null, "tv_weight": null, "patch_share": 0.0, "patch_layers": [], "pooling": "max", "precision": "float32", "optimizer": "lbfgs", "learning_rate": 0.02, "max_steps": 3, "scales": 2, "start": "content", "start_noise": 50.0, "seed": 0, "colour_method": "luminance"}',0,'94d4bd9695b7e02ed6bf2f10c2e487ef21e48efb5267a7d3aea81cb040f25718','77b8d6d205980b47c5f949a783b684cf',NULL,1767258121000000,NULL,NULL,12,0,0,NULL,0,0.0,NULL,NULL,NULL,0,0,0.0,NULL,0,NULL,0.0,NULL,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO "jobs" VALUES('4f0b22d6c868614e89672d04b1667e97','b8cafd93270fcc0380dac23407ad6b76','queued','draft','A field, after The Scream','{"version": 1, "size": 64, "quality": "screen", "paper": "none", "paper_cm": 30.0, "strength": 50.0, "brush_size": 100.0, "keep_colours": 0.0, "smoothness": 20.0, "style_weights": [], "brush": "the_scream", "backbone": "auto", "style_layers": [], "style_layer_weights": [], "content_layers": [], "content_layer_weights": [], "content_weight": null, "style_weight": null, "tv_weight": null, "patch_share": 0.0, "patch_layers": [], "pooling": "max", "precision": "auto", "optimizer": "lbfgs", "learning_rate": 0.02, "max_steps": null, "scales": null, "start": "content", "start_noise": 50.0, "seed": 0, "colour_method": "luminance"}',0,'020b58e70effa6fdec17e23229842bc940ed3e1e56db8013f5e6862d84be4623','77b8d6d205980b47c5f949a783b684cf',NULL,1767258124000000,NULL,NULL,17,0,0,NULL,0,0.0,NULL,NULL,NULL,0,0,0.0,NULL,0,NULL,0.0,NULL,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO "jobs" VALUES('7c083d9c5654bd5ff541464883d3119b','b8cafd93270fcc0380dac23407ad6b76','cancelled','paint','Not this one','{"version": 1, "size": 64, "quality": "screen", "paper": "none", "paper_cm": 30.0, "strength": 50.0, "brush_size": 100.0, "keep_colours": 0.0, "smoothness": 20.0, "style_weights": [], "brush": "", "backbone": "compact", "style_layers": [], "style_layer_weights": [], "content_layers": [], "content_layer_weights": [], "content_weight": null, "style_weight": null, "tv_weight": null, "patch_share": 0.0, "patch_layers": [], "pooling": "max", "precision": "float32", "optimizer": "lbfgs", "learning_rate": 0.02, "max_steps": 3, "scales": 2, "start": "content", "start_noise": 50.0, "seed": 0, "colour_method": "luminance"}',0,'7c083d9c5654bd5ff541464883d3119b','77b8d6d205980b47c5f949a783b684cf',NULL,1767258126000000,NULL,1767258128000000,18,0,0,NULL,0,0.0,NULL,NULL,NULL,0,0,0.0,NULL,0,NULL,0.0,NULL,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO "jobs" VALUES('6b9f6f183b005d8e8bf962ca4e8d2fd1','b8cafd93270fcc0380dac23407ad6b76','queued','draft','Gentler','{"version": 1, "size": 256, "quality": "sketch", "paper": "none", "paper_cm": 30.0, "strength": 25.0, "brush_size": 100.0, "keep_colours": 0.0, "smoothness": 20.0, "style_weights": [], "brush": "", "backbone": "compact", "style_layers": [], "style_layer_weights": [], "content_layers": [], "content_layer_weights": [], "content_weight": null, "style_weight": null, "tv_weight": null, "patch_share": 0.0, "patch_layers": [], "pooling": "max", "precision": "float32", "optimizer": "lbfgs", "learning_rate": 0.02, "max_steps": null, "scales": null, "start": "content", "start_noise": 50.0, "seed": 0, "colour_method": "luminance"}',0,'592b9412531ac180f4da12121981f3bc0a66deec2581c300714fb47f195732b5','77b8d6d205980b47c5f949a783b684cf','ed22f87fb4ee1110d33a932a9568487d',1767258131000000,NULL,NULL,19,0,0,NULL,0,0.0,NULL,NULL,NULL,0,0,0.0,NULL,0,NULL,0.0,NULL,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,NULL);
INSERT INTO "jobs" VALUES('c0608cefcf4fa60dc4d04938936ced91','b8cafd93270fcc0380dac23407ad6b76','queued','draft','Stronger','{"version": 1, "size": 256, "quality": "sketch", "paper": "none", "paper_cm": 30.0, "strength": 75.0, "brush_size": 100.0, "keep_colours": 0.0, "smoothness": 20.0, "style_weights": [], "brush": "", "backbone": "compact", "style_layers": [], "style_layer_weights": [], "content_layers": [], "content_layer_weights": [], "content_weight": null, "style_weight": null, "tv_weight": null, "patch_share": 0.0, "patch_layers": [], "pooling": "max", "precision": "float32", "optimizer": "lbfgs", "learning_rate": 0.02, "max_steps": null, "scales": null, "start": "content", "start_noise": 50.0, "seed": 0, "colour_method": "luminance"}',0,'2116b3333ab3562cb4b9720992067304a78257a2746efa56551679d3b5758de1','77b8d6d205980b47c5f949a783b684cf','ed22f87fb4ee1110d33a932a9568487d',1767258133000000,NULL,NULL,20,0,0,NULL,0,0.0,NULL,NULL,NULL,0,0,0.0,NULL,0,NULL,0.0,NULL,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,NULL);
INSERT INTO "jobs" VALUES('3a99b2bee467ea12a3277ef3829bf16b','b8cafd93270fcc0380dac23407ad6b76','queued','draft','Finer strokes','{"version": 1, "size": 256, "quality": "sketch", "paper": "none", "paper_cm": 30.0, "strength": 50.0, "brush_size": 56.0, "keep_colours": 0.0, "smoothness": 20.0, "style_weights": [], "brush": "", "backbone": "compact", "style_layers": [], "style_layer_weights": [], "content_layers": [], "content_layer_weights": [], "content_weight": null, "style_weight": null, "tv_weight": null, "patch_share": 0.0, "patch_layers": [], "pooling": "max", "precision": "float32", "optimizer": "lbfgs", "learning_rate": 0.02, "max_steps": null, "scales": null, "start": "content", "start_noise": 50.0, "seed": 0, "colour_method": "luminance"}',0,'b7f3d073bce60d1a4fff05ff774be9c99b6d5cccef8881ff2d7f664c8fbc90c1','77b8d6d205980b47c5f949a783b684cf','ed22f87fb4ee1110d33a932a9568487d',1767258135000000,NULL,NULL,21,0,0,NULL,0,0.0,NULL,NULL,NULL,0,0,0.0,NULL,0,NULL,0.0,NULL,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,NULL);
INSERT INTO "jobs" VALUES('18091531cfaecc91b5ac6792978fdffb','b8cafd93270fcc0380dac23407ad6b76','queued','draft','Broader strokes','{"version": 1, "size": 256, "quality": "sketch", "paper": "none", "paper_cm": 30.0, "strength": 50.0, "brush_size": 180.0, "keep_colours": 0.0, "smoothness": 20.0, "style_weights": [], "brush": "", "backbone": "compact", "style_layers": [], "style_layer_weights": [], "content_layers": [], "content_layer_weights": [], "content_weight": null, "style_weight": null, "tv_weight": null, "patch_share": 0.0, "patch_layers": [], "pooling": "max", "precision": "float32", "optimizer": "lbfgs", "learning_rate": 0.02, "max_steps": null, "scales": null, "start": "content", "start_noise": 50.0, "seed": 0, "colour_method": "luminance"}',0,'bd113aea27fc43d3f230f598d46f30c41a20cb865edd9ea74612ddff88d6dcc2','77b8d6d205980b47c5f949a783b684cf','ed22f87fb4ee1110d33a932a9568487d',1767258137000000,NULL,NULL,22,0,0,NULL,0,0.0,NULL,NULL,NULL,0,0,0.0,NULL,0,NULL,0.0,NULL,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,NULL);
INSERT INTO "jobs" VALUES('a6cb767020dc37ea4b7c90f99a32f7cd','b8cafd93270fcc0380dac23407ad6b76','queued','draft','The photo''s colours','{"version": 1, "size": 256, "quality": "sketch", "paper": "none", "paper_cm": 30.0, "strength": 50.0, "brush_size": 100.0, "keep_colours": 100.0, "smoothness": 20.0, "style_weights": [], "brush": "", "backbone": "compact", "style_layers": [], "style_layer_weights": [], "content_layers": [], "content_layer_weights": [], "content_weight": null, "style_weight": null, "tv_weight": null, "patch_share": 0.0, "patch_layers": [], "pooling": "max", "precision": "float32", "optimizer": "lbfgs", "learning_rate": 0.02, "max_steps": null, "scales": null, "start": "content", "start_noise": 50.0, "seed": 0, "colour_method": "luminance"}',0,'87010097f3d686d802716433dd2d4ceb8c294a639ae2d2aa088ca6c0b3f054d2','77b8d6d205980b47c5f949a783b684cf','ed22f87fb4ee1110d33a932a9568487d',1767258139000000,NULL,NULL,23,0,0,NULL,0,0.0,NULL,NULL,NULL,0,0,0.0,NULL,0,NULL,0.0,NULL,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,NULL);
INSERT INTO "jobs" VALUES('42939dde0f7ceb97abba1b04b7817964','b8cafd93270fcc0380dac23407ad6b76','queued','draft','Another attempt','{"version": 1, "size": 256, "quality": "sketch", "paper": "none", "paper_cm": 30.0, "strength": 50.0, "brush_size": 100.0, "keep_colours": 0.0, "smoothness": 20.0, "style_weights": [], "brush": "", "backbone": "compact", "style_layers": [], "style_layer_weights": [], "content_layers": [], "content_layer_weights": [], "content_weight": null, "style_weight": null, "tv_weight": null, "patch_share": 0.0, "patch_layers": [], "pooling": "max", "precision": "float32", "optimizer": "lbfgs", "learning_rate": 0.02, "max_steps": null, "scales": null, "start": "blend", "start_noise": 50.0, "seed": 1, "colour_method": "luminance"}',0,'d40498d28be26753b804d3b3261a2bdd371c58899ad17db97ffe381337fca1a2','77b8d6d205980b47c5f949a783b684cf','ed22f87fb4ee1110d33a932a9568487d',1767258141000000,NULL,NULL,24,0,0,NULL,0,0.0,NULL,NULL,NULL,0,0,0.0,NULL,0,NULL,0.0,NULL,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,NULL);
CREATE TABLE labels (
	job_id VARCHAR(32) NOT NULL, 
	rating INTEGER NOT NULL, 
	note TEXT NOT NULL, 
	share_key VARCHAR(32), 
	removed_at BIGINT, 
	CONSTRAINT pk_labels PRIMARY KEY (job_id), 
	CONSTRAINT fk_labels_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE, 
	CONSTRAINT uq_labels_share_key UNIQUE (share_key)
);
INSERT INTO "labels" VALUES('618d10f2a4ebc95f61eab7e95718ef99',5,'Oak.
30 × 30 cm.','7042e86edecf71f88033016a6d511372',NULL);
INSERT INTO "labels" VALUES('0a7fdfe51032eac98aa1a7b2969b4f75',0,'',NULL,1767250888000000);
INSERT INTO "labels" VALUES('138ae0af796b1132af7281a4ee6398e7',0,'',NULL,1767258089000000);
INSERT INTO "labels" VALUES('d94ddddbbe471d3f9bbbdeb7664e104a',0,'',NULL,1767258089000000);
CREATE TABLE owners (
	owner VARCHAR(64) NOT NULL, 
	key_serial INTEGER NOT NULL, 
	CONSTRAINT pk_owners PRIMARY KEY (owner)
);
INSERT INTO "owners" VALUES('ca9715495f57a229c13485abfe09327a',1);
CREATE TABLE rates (
	device VARCHAR(200) NOT NULL, 
	costs TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_rates PRIMARY KEY (device)
);
INSERT INTO "rates" VALUES('studio x86_64 x2','{"step_s": {"compact/float32": 17.2845200299482}, "least_step_s": {"compact/float32": 0.0}, "seen": {"compact/float32": [102.06859410449401, 0.41807296145200745, 0.0017124268501074226, 7.226190476196986, 0.029598476190502848]}, "patch_factor": 2.0, "share_of_steps": 0.8999999999999999, "shares": {"15-50": 1.0}, "brush_s": 1.5, "start_s": 0.8049999999997226, "scale_s": 0.0, "base_bytes": 600000000, "pixel_bytes": 5000, "paintings": {"compact/float32": 2}}',1767258060000000);
CREATE TABLE uploads (
	id VARCHAR(32) NOT NULL, 
	owner VARCHAR(64) NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	role VARCHAR(16) NOT NULL, 
	name TEXT NOT NULL, 
	width INTEGER NOT NULL, 
	height INTEGER NOT NULL, 
	bytes BIGINT NOT NULL, 
	"key" TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	CONSTRAINT pk_uploads PRIMARY KEY (id), 
	CONSTRAINT uq_uploads_owner_sha256_role UNIQUE (owner, sha256, role)
);
INSERT INTO "uploads" VALUES('77b8d6d205980b47c5f949a783b684cf','b8cafd93270fcc0380dac23407ad6b76','d1ec7d23692c5d15d03852af673427cda10ad23db053e2145f4426f4fdc0013e','content','A_field.png',64,64,845,'uploads/d1/d1ec7d23692c5d15d03852af673427cda10ad23db053e2145f4426f4fdc0013e-77b8d6d2.png',1767258001000000,1767344401000000);
INSERT INTO "uploads" VALUES('b93f767d43ebe85377977a1330c8ff3f','b8cafd93270fcc0380dac23407ad6b76','d49d0beee3ee1f8d5467bd38750349284bc1e4e798fd642ab32587d29a90b10d','style','stripes.png',64,64,944,'uploads/d4/d49d0beee3ee1f8d5467bd38750349284bc1e4e798fd642ab32587d29a90b10d-b93f767d.png',1767258002000000,2397978002000000);
INSERT INTO "uploads" VALUES('ef5b1eff5ee4745c1c0c680bc4159f6b','b8cafd93270fcc0380dac23407ad6b76','f10a45aa6d0f300505d4e736d5b8360493c1ed1797b7f315cbc580bf348f2207','gone ef5b1eff','rings.png',64,64,2669,'uploads/f1/f10a45aa6d0f300505d4e736d5b8360493c1ed1797b7f315cbc580bf348f2207-ef5b1eff.png',1767258003000000,1767261669000000);
INSERT INTO "uploads" VALUES('28a2e65a09eeb06103f5d76b0f349b48','b8cafd93270fcc0380dac23407ad6b76','20c105c1d305cef7c1ffcaf1577d9f7f1d7d90dccacea92e4b87b2803c9cb905','style','Kitchen tiles',64,64,699,'uploads/20/20c105c1d305cef7c1ffcaf1577d9f7f1d7d90dccacea92e4b87b2803c9cb905-28a2e65a.png',1767258004000000,2397978004000000);
INSERT INTO "uploads" VALUES('ede2f2742c36b72c5e9e94afff4b984d','b8cafd93270fcc0380dac23407ad6b76','2109405e8f64e7fed9fedfdf8f89b98f31b227766eedc6478aab665c260b4564','mask','left.png',32,32,515,'uploads/21/2109405e8f64e7fed9fedfdf8f89b98f31b227766eedc6478aab665c260b4564-ede2f274.png',1767258005000000,1767344405000000);
INSERT INTO "uploads" VALUES('5485e9da791cb91437f6512646466962','b8cafd93270fcc0380dac23407ad6b76','f837b4cdf374c03816a74e744d0d9504bbeba66465a22fbfb8f7f1172ab42ce8','start','Two styles, steered (start)',64,64,6893,'uploads/f8/f837b4cdf374c03816a74e744d0d9504bbeba66465a22fbfb8f7f1172ab42ce8-5485e9da.png',1767258025000000,1767344425000000);
INSERT INTO "uploads" VALUES('c267961ec5e25b44380aab74c13a754d','b8cafd93270fcc0380dac23407ad6b76','fbf78ecee2f0d12f3eb01b87866e57f20f65170154e7008020c0c5e29e291523','start','Two styles, steered (start)',32,32,1434,'uploads/fb/fbf78ecee2f0d12f3eb01b87866e57f20f65170154e7008020c0c5e29e291523-c267961e.jpg',1767258036000000,1767344436000000);
INSERT INTO "uploads" VALUES('b4453cdfa67eb90060ab46700a2f1189','b8cafd93270fcc0380dac23407ad6b76','af269466a91badf3553edf04340c61631c6072049f42d00868ea53c1834d8126','style','lost.png',80,80,3543,'uploads/af/af269466a91badf3553edf04340c61631c6072049f42d00868ea53c1834d8126-b4453cdf.png',1767258062000000,1767344462000000);
INSERT INTO "uploads" VALUES('f09e5a983f4e9266d59269ebc4fd6ec9','ca9715495f57a229c13485abfe09327a','d1ec7d23692c5d15d03852af673427cda10ad23db053e2145f4426f4fdc0013e','content','theirs.png',64,64,845,'uploads/d1/d1ec7d23692c5d15d03852af673427cda10ad23db053e2145f4426f4fdc0013e-f09e5a98.png',1767258090000000,1767344490000000);
CREATE INDEX ix_uploads_expires_at ON uploads (expires_at);
CREATE INDEX ix_jobs_claim_no ON jobs (claim_no);
CREATE INDEX ix_jobs_content_id ON jobs (content_id);
CREATE INDEX ix_jobs_owner_claim_no ON jobs (owner, claim_no);
CREATE INDEX ix_jobs_owner_finished_at ON jobs (owner, finished_at, id);
CREATE INDEX ix_jobs_owner_status ON jobs (owner, status);
CREATE INDEX ix_jobs_parent_id ON jobs (parent_id);
CREATE INDEX ix_jobs_status_kind ON jobs (status, kind);
CREATE INDEX ix_jobs_turn ON jobs (turn);
CREATE INDEX ix_events_job_id ON events (job_id);
CREATE INDEX ix_job_styles_upload_id ON job_styles (upload_id);
CREATE INDEX ix_job_parts_upload_id ON job_parts (upload_id);
CREATE INDEX ix_rates_at ON rates (at);
CREATE INDEX ix_labels_removed_at ON labels (removed_at);
COMMIT;
